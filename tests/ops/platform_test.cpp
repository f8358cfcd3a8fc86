#include <espalier/ops/platform.h>

#include <gtest/gtest.h>

#include <espalier/ops/kernels.h>

namespace espalier {
namespace {

TEST(PlatformTest, NamesVersionsAndInstructions) {
  EXPECT_TRUE(platform().library.starts_with("espalier ")) << platform().library;
  EXPECT_NE(platform().library.find(", oneDNN "), std::string::npos);
  EXPECT_TRUE(platform().instruction_set.starts_with(kernels().instruction_set));
  EXPECT_EQ(platform(), platform());
}

}  // namespace
}  // namespace espalier
