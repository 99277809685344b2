// SPDX-License-Identifier: Apache-2.0
#include "shoal/parallel/placement.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <set>
#include <string_view>

#include "shoal/error.hpp"
#include "shoal/parallel/session.hpp"
#include "shoal/parallel/threads.hpp"

namespace shoal::parallel {

namespace {

using Ranks = std::vector<const RankPlacement*>;

// By host, in the order in which hosts first appear.
std::vector<Ranks> by_host(const std::vector<RankPlacement>& ranks) {
  std::map<std::string_view, std::size_t> index;
  std::vector<Ranks> hosts;
  for (const RankPlacement& rank : ranks) {
    const auto [it, is_new] = index.try_emplace(rank.host, hosts.size());
    if (is_new) hosts.emplace_back();
    hosts[it->second].push_back(&rank);
  }
  return hosts;
}

std::string count(std::size_t n, const char* what) { return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s"); }

// "ranks 0-3" or "rank 2".
std::string name_ranks(const Ranks& ranks) {
  std::vector<int> numbers;
  for (const RankPlacement* rank : ranks) numbers.push_back(rank->rank);
  std::sort(numbers.begin(), numbers.end());
  return fmt::format("rank{} {}", numbers.size() == 1 ? "" : "s", format_cpus(numbers));
}

std::string describe_host(const Ranks& ranks) {
  const RankPlacement& first = *ranks.front();
  return fmt::format("{}: {}, {} each, CPUs {}{}", first.host, name_ranks(ranks),
                     count(static_cast<std::size_t>(first.n_threads), "thread"), format_cpus(first.cpus),
                     ranks.size() > 1 ? " shared" : "");
}

std::string describe_rank(const RankPlacement& rank) {
  return fmt::format("{}: rank {}, {}, CPUs {}", rank.host, rank.rank,
                     count(static_cast<std::size_t>(rank.n_threads), "thread"), format_cpus(rank.cpus));
}

std::string remedy(const RankPlacement& rank, int threads) {
  const std::string binding = fmt::format("--map-by slot:PE={} --bind-to core", threads);
  if (rank.by_mpirun) return fmt::format("use `mpirun {}`, or --threads {}", binding, rank.cpus.size());
  if (rank.in_slurm) {
    return fmt::format("use --cpus-per-task={} with sbatch and srun, or --threads {}", threads, rank.cpus.size());
  }
  return fmt::format("use --threads {}", rank.cpus.size());
}

// Ranks of one host that share CPUs, directly or through others; each group with the union of its CPUs.
struct Sharing {
  Ranks ranks;
  std::set<int> cpus;
};

std::vector<Sharing> sharing_groups(const Ranks& ranks) {
  std::vector<Sharing> groups;
  for (const RankPlacement* rank : ranks) {
    Sharing joined{{rank}, {rank->cpus.begin(), rank->cpus.end()}};
    std::erase_if(groups, [&joined](Sharing& group) {
      const bool overlaps = std::any_of(group.cpus.begin(), group.cpus.end(),
                                        [&joined](int cpu) { return joined.cpus.contains(cpu); });
      if (overlaps) {
        joined.ranks.insert(joined.ranks.begin(), group.ranks.begin(), group.ranks.end());
        joined.cpus.merge(group.cpus);
      }
      return overlaps;
    });
    groups.push_back(std::move(joined));
  }
  return groups;
}

std::string shared_remedy(const Sharing& group) {
  const RankPlacement& first = *group.ranks.front();
  const auto n_ranks = group.ranks.size();
  const auto cpus_each = std::max<std::size_t>(1, group.cpus.size() / n_ranks);
  const auto threads = static_cast<std::size_t>(first.n_threads);
  if (group.cpus.size() < n_ranks) return fmt::format("use at most {} on this host", count(group.cpus.size(), "rank"));
  // More threads than the host's CPUs can hold: fewer threads; else the CPUs are there and binding finds them.
  const bool fits_host = n_ranks * threads <= static_cast<std::size_t>(first.host_cpus);
  const std::size_t pe = fits_host ? threads : cpus_each;
  const std::string fewer = fits_host ? "" : fmt::format(" and --threads {}", cpus_each);
  if (first.in_slurm && !first.by_mpirun) {
    return fmt::format("use --cpus-per-task={} with sbatch and srun{}", pe, fewer);
  }
  return fmt::format("use `mpirun --map-by slot:PE={} --bind-to core`{}", pe, fewer);
}

void check_masks(const Ranks& ranks, bool allow, std::vector<PlacementFinding>& findings) {
  std::map<std::pair<int, std::size_t>, Ranks> alike;  // (threads, CPUs) -> ranks
  for (const RankPlacement* rank : ranks) {
    if (static_cast<std::size_t>(rank->n_threads) > rank->cpus.size()) {
      alike[{rank->n_threads, rank->cpus.size()}].push_back(rank);
    }
  }
  for (const auto& [key, group] : alike) {
    const RankPlacement& first = *group.front();
    findings.push_back({fmt::format("{} threads share {} on {} ({}, CPUs {})", key.first, count(key.second, "CPU"),
                                    first.host, name_ranks(group), format_cpus(first.cpus)),
                        remedy(first, first.n_threads), first.in_slurm && !allow});
  }
}

void check_sharing(const Ranks& ranks, bool allow, std::vector<PlacementFinding>& findings) {
  for (const Sharing& group : sharing_groups(ranks)) {
    std::size_t threads = 0;
    for (const RankPlacement* rank : group.ranks) threads += static_cast<std::size_t>(rank->n_threads);
    if (group.ranks.size() < 2 || threads <= group.cpus.size()) continue;
    const RankPlacement& first = *group.ranks.front();
    findings.push_back({fmt::format("{} of {} ranks share {} on {} ({}, CPUs {})", count(threads, "thread"),
                                    group.ranks.size(), count(group.cpus.size(), "CPU"), first.host,
                                    name_ranks(group.ranks), format_cpus({group.cpus.begin(), group.cpus.end()})),
                        shared_remedy(group), first.in_slurm && !allow});
  }
}

// One rank's placement as text: fields by tabs, CPUs as a list of ranges.
std::string encode(const RankPlacement& p) {
  return fmt::format("{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}", p.rank, p.pid, p.n_threads, p.host_cpus, p.in_slurm ? 1 : 0,
                     p.by_mpirun ? 1 : 0, fmt::join(p.cpus, ","), p.host);
}

std::int64_t take_number(std::string_view& text, char end) {
  std::int64_t value = 0;
  const auto [next, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) throw SystemError("a placement message cannot be read", ExitCode::internal);
  text.remove_prefix(static_cast<std::size_t>(next - text.data()));
  if (!text.empty() && text.front() == end) text.remove_prefix(1);
  return value;
}

RankPlacement decode(std::string_view text) {
  RankPlacement p;
  p.rank = static_cast<int>(take_number(text, '\t'));
  p.pid = take_number(text, '\t');
  p.n_threads = static_cast<int>(take_number(text, '\t'));
  p.host_cpus = static_cast<int>(take_number(text, '\t'));
  p.in_slurm = take_number(text, '\t') != 0;
  p.by_mpirun = take_number(text, '\t') != 0;
  while (!text.empty() && text.front() != '\t') p.cpus.push_back(static_cast<int>(take_number(text, ',')));
  if (!text.empty()) text.remove_prefix(1);
  p.host = text;
  return p;
}

}  // namespace

RankPlacement own_placement(int rank, int n_threads) {
  RankPlacement placement;
  placement.rank = rank;
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) == 0) placement.host = name.data();
  placement.pid = getpid();
  placement.n_threads = n_threads;
  placement.cpus = cpus_in_mask();
  placement.host_cpus = static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN));
  const Environment environment = process_environment();
  placement.in_slurm = environment("SLURM_JOB_ID").has_value();
  placement.by_mpirun = environment("OMPI_COMM_WORLD_SIZE").has_value();
  return placement;
}

std::vector<RankPlacement> gather_placement(Comm& comm, int n_threads) {
  std::vector<RankPlacement> ranks;
  for (const std::string& text : comm.gather(encode(own_placement(comm.rank(), n_threads)))) {
    ranks.push_back(decode(text));
  }
  return ranks;
}

std::string format_cpus(const std::vector<int>& cpus) {
  if (cpus.empty()) return "none";
  std::string text;
  for (std::size_t first = 0; first < cpus.size();) {
    std::size_t last = first;
    while (last + 1 < cpus.size() && cpus[last + 1] == cpus[last] + 1) ++last;
    if (!text.empty()) text += ',';
    text += first == last ? fmt::format("{}", cpus[first]) : fmt::format("{}-{}", cpus[first], cpus[last]);
    first = last + 1;
  }
  return text;
}

std::vector<std::string> describe_placement(const std::vector<RankPlacement>& ranks) {
  const auto hosts = by_host(ranks);
  std::size_t threads = 0;
  for (const RankPlacement& rank : ranks) threads += static_cast<std::size_t>(rank.n_threads);
  std::vector<std::string> lines{fmt::format("{}, {}, {}", count(hosts.size(), "host"), count(ranks.size(), "rank"),
                                             count(threads, "worker thread"))};
  for (const Ranks& host : hosts) {
    const bool alike = std::all_of(host.begin(), host.end(), [&host](const RankPlacement* rank) {
      return rank->cpus == host.front()->cpus && rank->n_threads == host.front()->n_threads;
    });
    if (alike) {
      lines.push_back(describe_host(host));
    } else {
      for (const RankPlacement* rank : host) lines.push_back(describe_rank(*rank));
    }
  }
  return lines;
}

std::vector<PlacementFinding> check_placement(const std::vector<RankPlacement>& ranks, bool allow_oversubscription) {
  std::vector<PlacementFinding> findings;
  for (const Ranks& host : by_host(ranks)) {
    const auto before = findings.size();
    check_masks(host, allow_oversubscription, findings);
    if (findings.size() == before) check_sharing(host, allow_oversubscription, findings);
  }
  return findings;
}

std::vector<std::vector<int>> exclusive_cpus(const std::vector<RankPlacement>& ranks) {
  std::vector<std::vector<int>> found(ranks.size());
  for (const Ranks& host : by_host(ranks)) {
    std::set<int> taken;
    std::vector<std::vector<int>> of_host;
    bool enough = true;
    for (const RankPlacement* rank : host) {
      std::vector<int>& own = of_host.emplace_back();
      for (const int cpu : rank->cpus) {
        if (own.size() < static_cast<std::size_t>(rank->n_threads) && taken.insert(cpu).second) own.push_back(cpu);
      }
      enough = enough && own.size() == static_cast<std::size_t>(rank->n_threads);
    }
    for (std::size_t i = 0; enough && i < host.size(); ++i) found[static_cast<std::size_t>(host[i] - ranks.data())] = of_host[i];
  }
  return found;
}

void require_placement(const std::vector<PlacementFinding>& findings) {
  for (const PlacementFinding& finding : findings) {
    if (finding.fatal) throw SystemError(fmt::format("{}: {}", finding.problem, finding.remedy), ExitCode::unsuitable);
  }
}

}  // namespace shoal::parallel
