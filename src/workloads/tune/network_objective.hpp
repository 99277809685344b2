// SPDX-License-Identifier: Apache-2.0
// A trial that trains one network. Segments are cut by work: every segment but the last has
// max(1, floor(segment_flop / flop of one epoch)) epochs, a pure function of the input.
#pragma once

#include "shoal/nn/dataset.hpp"
#include "shoal/nn/model.hpp"
#include "shoal/nn/network_parameters.hpp"
#include "shoal/nn/trainer.hpp"
#include "workloads/tune/network_at_point.hpp"
#include "workloads/tune/objective.hpp"
#include "workloads/tune/tune_parameters.hpp"

namespace shoal::workloads::tune {

class NetworkObjective final : public Objective {
 public:
  // The space must outlive the object. `network`: the table [network] as written.
  NetworkObjective(const TuneParameters& parameters, const config::Value& network, const search::Space& space,
                   nn::Dataset dataset, std::uint64_t seed);

  std::vector<std::string> problems(const search::Point& point) const override;
  std::vector<std::string> check(const search::Point& point, config::Diagnostics& diagnostics) const override;

  std::int64_t resource(const search::Point& point) const override;
  std::string resource_unit() const override { return "epochs"; }
  std::int64_t value_every(const search::Point& point) const override;
  std::int64_t segment_resource(const search::Point& point) const override;
  bool continues() const override { return true; }
  std::vector<bool> tied_parameters() const override;
  double flop(const search::Point& point) const override;
  std::string metric() const override { return metric_; }
  bool maximise() const override { return maximise_; }
  std::unique_ptr<tasks::Workspace> make_workspace() const override;
  bool run(const Segment&, const search::Point&, tasks::ByteView state, const Execution&, SegmentOutcome&,
           tasks::Bytes& next) const override;
  std::int64_t most_together() const override;
  std::uint64_t group(const Segment& segment, const search::Point& point) const override;
  bool run_together(std::span<SegmentRun> runs, const Execution& execution) const override;
  void keep(const search::Point&, tasks::ByteView state, tasks::Bytes& kept) const override;
  void write_kept(tasks::ByteView kept, record::Group& best) const override;
  std::vector<std::string> report_kept(tasks::ByteView kept) const override;
  std::int64_t worker_bytes(const search::Point& point) const override;
  std::int64_t shared_bytes() const override;
  std::int64_t kept_bytes(const search::Point& point) const override;
  std::vector<std::string> describe() const override;

 private:
  struct Training;
  Training begin(const Segment& segment, const search::Point& point, tasks::ByteView state, const Execution& execution,
                 std::size_t seat, SegmentOutcome& outcome) const;
  void note(Training& training, std::int64_t resource, const nn::Progress& progress) const;
  void end(const Training& training, tasks::Bytes& next) const;
  nn::NetworkParameters network_at(const search::Point& point) const;
  std::vector<std::string> columns(const nn::NetworkParameters& network) const;
  std::int64_t epochs_per_segment(const nn::NetworkParameters& network) const;

  std::vector<std::int64_t> confusion(nn::Model model, const nn::Part& part) const;
  double loss_in(const std::vector<std::string>& columns, const std::vector<double>& row) const;
  double last_loss(const SegmentOutcome& outcome, std::size_t n_rows) const;

  NetworkAtPoint networks_;
  const search::Space& space_;
  nn::Dataset dataset_;
  std::uint64_t seed_;
  double segment_flop_;
  std::string metric_;
  bool maximise_;
};

}  // namespace shoal::workloads::tune
