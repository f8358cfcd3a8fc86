#include <espalier/base/checks.h>

#include <cmath>

#include <gtest/gtest.h>

#include <espalier/base/error.h>

#include "tests/support/errors.h"

namespace espalier {
namespace {

using test::error_of;

TEST(ChecksTest, ASizeIsPositive) {
  EXPECT_EQ(positive_size(1, "hidden_size"), 1u);
  EXPECT_EQ(error_of<OptionError>([] { positive_size(0, "hidden_size"); }),
            "hidden_size is 0, expected 1 or more");
  EXPECT_EQ(error_of<OptionError>([] { positive_size(-3, "size"); }),
            "size is -3, expected 1 or more");
}

TEST(ChecksTest, AnOptionIsInItsRange) {
  check_option(0.0, 0.0, 1.0, "momentum");
  const auto refused = [](double value) {
    return error_of<OptionError>([&] { check_option(value, 0.0, 1.0, "momentum"); });
  };
  EXPECT_EQ(refused(1.0), "momentum is 1, expected at least 0 and less than 1");
  EXPECT_EQ(refused(-0.5), "momentum is -0.5, expected at least 0 and less than 1");
  EXPECT_EQ(refused(std::nan("")), "momentum is nan, expected at least 0 and less than 1");
}

}  // namespace
}  // namespace espalier
