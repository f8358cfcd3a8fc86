#include <espalier/training/metrics_log.h>

#include <string>

#include <nlohmann/json.hpp>

#include <espalier/base/error.h>

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
  out_.emplace(path_, lines);
}

void MetricsLog::on_epoch(const EpochReport& epoch) { write_line(line_of(epoch)); }

void MetricsLog::on_result(const Metrics& test) {
  write_line(ordered_json{{"event", "result"}, {"split", "test"}, {"metrics", test}}.dump() + '\n');
  out_->close();
  out_.reset();
}

void MetricsLog::write_line(const std::string& line) {
  if (!out_) throw FileError(message(path_.string(), ": not open before training has started"));
  out_->append(line);
}

}  // namespace espalier::training
