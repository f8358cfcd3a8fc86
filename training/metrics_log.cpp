#include <espalier/training/metrics_log.h>

#include <cerrno>
#include <cstring>
#include <string>

#include <nlohmann/json.hpp>

#include <espalier/base/error.h>
#include <espalier/training/internal/atomic_file.h>

namespace espalier::training {
namespace {

using nlohmann::ordered_json;

std::string line_of(const EpochReport& epoch) {
  ordered_json line{
      {"event", "epoch"}, {"epoch", epoch.epoch},     {"train_loss", epoch.train_loss},
      {"dev", epoch.dev}, {"seconds", epoch.seconds}, {"nodes_per_second", epoch.nodes_per_second}};
  if (epoch.skipped_steps > 0) line["skipped_steps"] = epoch.skipped_steps;
  return line.dump() + '\n';
}

}  // namespace

void MetricsLog::on_start(std::span<const EpochReport> done) {
  std::string lines;
  for (const EpochReport& epoch : done) lines += line_of(epoch);
  out_.close();
  write_file_atomically(path_, lines);
  out_.clear();
  out_.open(path_, std::ios::app | std::ios::binary);
}

void MetricsLog::on_epoch(const EpochReport& epoch) { write_line(line_of(epoch)); }

void MetricsLog::on_result(const Metrics& test) {
  write_line(ordered_json{{"event", "result"}, {"split", "test"}, {"metrics", test}}.dump() + '\n');
}

void MetricsLog::write_line(const std::string& line) {
  errno = 0;
  out_ << line << std::flush;
  if (!out_) {
    throw FileError(message(path_.string(), ": cannot be written: ", std::strerror(errno)));
  }
}

}  // namespace espalier::training
