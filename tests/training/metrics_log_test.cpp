#include <espalier/training/metrics_log.h>

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include <espalier/base/error.h>

#include "tests/training/training_test_support.h"

namespace espalier::training {
namespace {

EpochReport epoch(std::uint64_t number) {
  return {.epoch = number,
          .train_loss = 0.5,
          .dev = {{"accuracy", 0.25}, {"pearson", std::nan("")}},
          .seconds = 2.0,
          .nodes_per_second = 100.0,
          .skipped_steps = 0};
}

std::string line(int number) {
  return message("{\"event\":\"epoch\",\"epoch\":", number,
                 ",\"train_loss\":0.5,\"dev\":{\"accuracy\":0.25,\"pearson\":null},\"seconds\":2.0,"
                 "\"nodes_per_second\":100.0}\n");
}

TEST(MetricsLogTest, WritesALineForEachEvent) {
  const test::TemporaryFolder folder;
  MetricsLog log(folder / "log.jsonl");
  log.on_start({});
  log.on_epoch(epoch(1));
  EXPECT_EQ(test::read_file(folder / "log.jsonl"), line(1));
  log.on_result({{"accuracy", 0.75}});
  EXPECT_EQ(
      test::read_file(folder / "log.jsonl"),
      line(1) + "{\"event\":\"result\",\"split\":\"test\",\"metrics\":{\"accuracy\":0.75}}\n");
}

TEST(MetricsLogTest, AResumedRunRepairsTheFile) {
  const test::TemporaryFolder folder;
  test::write_file(folder / "log.jsonl", line(1) + "{\"event\":\"ep");
  MetricsLog log(folder / "log.jsonl");
  const std::vector<EpochReport> done{epoch(1), epoch(2)};
  log.on_start(done);
  log.on_epoch(epoch(3));
  EXPECT_EQ(test::read_file(folder / "log.jsonl"), line(1) + line(2) + line(3));
}

TEST(MetricsLogTest, SaysHowManyStepsWereSkipped) {
  const test::TemporaryFolder folder;
  MetricsLog log(folder / "log.jsonl");
  log.on_start({});
  EpochReport report = epoch(1);
  report.skipped_steps = 3;
  log.on_epoch(report);
  EXPECT_TRUE(test::contains(test::read_file(folder / "log.jsonl"), "\"skipped_steps\":3}\n"));
}

TEST(MetricsLogTest, NamesAFileThatCannotBeWritten) {
  const test::TemporaryFolder folder;
  MetricsLog log(folder / "absent/log.jsonl");
  EXPECT_THROW(log.on_start({}), FileError);
}

}  // namespace
}  // namespace espalier::training
