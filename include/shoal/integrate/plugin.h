/* SPDX-License-Identifier: Apache-2.0
 * A compiled integrand: a shared library with the two functions below, in C or C++ (extern "C").
 *
 *   cc -O3 -march=x86-64-v3 -ffp-contract=off -fPIC -shared -I include my_integrand.c -o my_integrand.so
 *
 *   workload = "integrate"
 *   plugin = "my_integrand.so"        # beside the input file
 *   lower = [0.0, 0.0]
 *   upper = [1.0, 1.0]
 *
 * The content of the library (its SHA-256) belongs to the input: another library is another result. Its functions are called
 * from several threads at a time and must be pure: the value of a point may depend on its coordinates alone, not on the other
 * points of the block, the order of calls or anything outside. They must not throw, exit or write to standard output.
 */
#ifndef SHOAL_INTEGRATE_PLUGIN_H
#define SHOAL_INTEGRATE_PLUGIN_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Returned by shoal_integrand_version: the form of these declarations. */
#define SHOAL_INTEGRAND_VERSION 1

int32_t shoal_integrand_version(void);

/* The number of variables, or 0 if any number will do. */
int32_t shoal_integrand_dimension(void);

/* values[i] = f(x[0][i], x[1][i], ..., x[dimension - 1][i]) for 0 <= i < n_points. 1 <= n_points; arrays do not overlap and
 * have no particular alignment. NaN or infinity marks a point where f is not defined; the input says what happens then. */
void shoal_integrand(int32_t dimension, int64_t n_points, const double *const *x, double *values);

#ifdef __cplusplus
}
#endif

#endif
