#pragma once

#include <filesystem>
#include <optional>

#include <espalier/base/output_file.h>
#include <espalier/training/reporter.h>

namespace espalier::training {

/// Writes what came of training as JSON lines: one for each epoch,
///
///     {"event":"epoch","epoch":1,"train_loss":0.7,"dev":{"accuracy":0.4},"seconds":9.8,
///      "nodes_per_second":32000.0}
///
/// (on one line; with "skipped_steps" if there were any), and at the end
///
///     {"event":"result","split":"test","metrics":{"accuracy":0.47}}
///
/// What is no number is null. Each line is out before training goes on. A resumed run writes the
/// file anew from the epochs in its checkpoint: no line is missing, torn or there twice.
class MetricsLog final : public Reporter {
 public:
  /// Opens the file when training starts. Here and in all calls: throws FileError if the file
  /// cannot be written.
  explicit MetricsLog(std::filesystem::path path) : path_(std::move(path)) {}

  void on_start(std::span<const EpochReport> done) override;
  void on_epoch(const EpochReport& epoch) override;
  void on_result(const Metrics& test) override;

 private:
  void write_line(const std::string& line);

  std::filesystem::path path_;
  std::optional<GrowingFile> out_;
};

}  // namespace espalier::training
