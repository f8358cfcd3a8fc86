#include <espalier/apps/systems/step_sequence.h>

#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include <espalier/base/error.h>

#include "tests/support/errors.h"

namespace espalier::apps {
namespace {

std::optional<Tensor> read(const std::string& line) {
  std::istringstream in(line);
  datasets::LineReader lines(in, "<in>");
  return read_steps(lines, 2);
}

std::string error_of(const std::string& line) {
  return test::error_of<ParseError>([&] { read(line); });
}

TEST(StepSequenceTest, ReadsSteps) {
  const auto sequence = read("[[0.5, 0], [-2, 1e-60]]");
  EXPECT_EQ(sequence->shape(), (Shape{2, 2}));
  EXPECT_EQ(sequence->at(1, 0), -2.0f);
  EXPECT_EQ(sequence->at(1, 1), 0.0f);
}

TEST(StepSequenceTest, RefusesWhatIsNoStep) {
  EXPECT_EQ(error_of("[[1, true]]"),
            "<in>:1:1: feature 1 of step 0 is true, expected a finite number");
  EXPECT_EQ(error_of("[[1, 1e39]]"),
            "<in>:1:1: feature 1 of step 0 is 1e+39, expected a finite number");
  EXPECT_EQ(error_of("[[1, \"2\"]]"),
            "<in>:1:1: feature 1 of step 0 is a string, expected a finite number");
  EXPECT_EQ(error_of("[[1]]"), "<in>:1:1: step 0 has 1 features, expected 2");
  EXPECT_EQ(error_of("[7]"), "<in>:1:1: step 0 is 7, expected an array");
  EXPECT_EQ(error_of("[[1, 2], oops]"),
            "<in>:1:1: no JSON array of steps: this is no JSON from byte 10 on");
}

}  // namespace
}  // namespace espalier::apps
