// SPDX-License-Identifier: Apache-2.0
// What is known of a picture as a tree of results, and as lines for people.
#pragma once

#include <string>
#include <vector>

#include "shoal/record/tree.hpp"
#include "workloads/mandelbrot/mandelbrot_job.hpp"
#include "workloads/mandelbrot/mandelbrot_parameters.hpp"

namespace shoal::workloads::mandelbrot {

// Of the points inside, in units of the plane.
struct Area {
  double value = 0;
  double error = 0;
};

// value: pixels inside times the area of one. error, one standard deviation: where a row crosses the boundary, the chance p that
// a pixel is inside is anything in [0, 1], which makes a variance p (1 - p) of 1/6 on average for each crossing. What
// max_iterations costs is not in it: some of the undecided pixels would escape later.
Area area_of(const TileSums& sums, const View& view);

void write_results(const MandelbrotJob& job, const View& view, record::Group& results);

std::vector<std::string> report(const MandelbrotJob& job, const View& view);

}  // namespace shoal::workloads::mandelbrot
