#include <espalier/training/internal/adagrad_kernels.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/kernel_cases.h"

namespace espalier {
namespace {

using test::Element;
using test::Operands;
using KernelCase = test::KernelCase<AdagradKernels>;

std::vector<KernelCase> cases() {
  return {{"update",
           3,
           {1, 2},
           [](auto& k, auto n, const Operands& p) {
             std::transform(p[1], p[1] + n, p[1], [](float s) { return std::abs(s); });
             k.update(n, 0.05f, 0.01f, 1e-3f, p[0], p[1], p[2]);
           },
           [](Element& e) {
             const double g = e[0] + static_cast<double>(0.01f) * e[2];
             e[1] = std::abs(e[1]) + g * g;
             e[2] -=
                 static_cast<double>(0.05f) * g / (std::sqrt(e[1]) + static_cast<double>(1e-3f));
           }}};
}

class AdagradKernelsTest : public testing::TestWithParam<const AdagradKernels*> {};

TEST_P(AdagradKernelsTest, AgreeWithTheFormulasAndWriteNothingElse) {
  test::expect_formulas(*GetParam(), cases());
  test::expect_every_entry(cases());
}

TEST_P(AdagradKernelsTest, AnElementHasTheSameBitsWhereverItStands) {
  test::expect_same_bits_everywhere(*GetParam(), cases());
}

INSTANTIATE_TEST_SUITE_P(InstructionSets, AdagradKernelsTest,
                         testing::ValuesIn(all_adagrad_kernels()),
                         [](const auto& set) { return std::string(set.param->instruction_set); });

}  // namespace
}  // namespace espalier
