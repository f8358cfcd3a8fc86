#include <espalier/training/model_file.h>

#include <gtest/gtest.h>

#include <cmath>

#include <espalier/base/error.h>

#include "tests/training/training_test_support.h"

namespace espalier::training {
namespace {

// A network of nobody's but ours, without options.
class Network : public Module {
 public:
  explicit Network(std::size_t hidden, std::uint64_t seed = 1) {
    Rng rng(seed);
    add_parameter("hidden.weight", normal_tensor({hidden, 3}, 1.0f, rng));
    add_parameter("output.weight", normal_tensor({2, hidden}, 1.0f, rng));
  }
};

bool same(const Network& a, const Network& b) {
  for (std::size_t p = 0; p < a.parameters().size(); ++p) {
    if (!bitwise_equal(a.parameters()[p].variable.value(), b.parameters()[p].variable.value())) {
      return false;
    }
  }
  return true;
}

TEST(ModelFileTest, ParametersComeBack) {
  const test::TemporaryFolder folder;
  const Network saved(4, 1), loaded(4, 2);
  save(saved, folder / "m.safetensors");
  load_parameters(loaded, folder / "m.safetensors");
  EXPECT_TRUE(same(saved, loaded));
  EXPECT_EQ(load_checkpoint(folder / "m.safetensors").configuration,
            R"({"model":"unnamed","options":{"parameters":{"hidden.weight":[4,3],)"
            R"("output.weight":[2,4]}}})");
}

TEST(ModelFileTest, TheBestEpochOfACheckpointCounts) {
  const test::TemporaryFolder folder;
  const Network latest(4, 1), best(4, 2), loaded(4, 3);
  save_checkpoint(folder / "m", {.configuration = R"({"model":"unnamed"})",
                                 .parameters = clone_values(latest.parameters()),
                                 .best_parameters = clone_values(best.parameters()),
                                 .optimizer = {},
                                 .run = {}});
  load_parameters(loaded, folder / "m");
  EXPECT_TRUE(same(best, loaded));
}

TEST(ModelFileTest, AnySafetensorsFileWillDo) {
  const test::TemporaryFolder folder;
  const Network saved(4, 1), loaded(4, 2);
  Safetensors file;
  file.tensors = clone_values(saved.parameters());
  file.metadata = {{"format", "pt"}};
  write_safetensors(folder / "m", file);
  load_parameters(loaded, folder / "m");
  EXPECT_TRUE(same(saved, loaded));
}

// What others keep beside weights does not matter, until it is in a weight's place.
TEST(ModelFileTest, OnlyFloatsAreWeights) {
  const test::TemporaryFolder folder;
  const Network saved(4, 1), loaded(4, 2);
  Safetensors file;
  file.tensors = clone_values(saved.parameters());
  file.integers = {{"num_batches_tracked", {7}}};
  write_safetensors(folder / "m", file);
  load_parameters(loaded, folder / "m");
  EXPECT_TRUE(same(saved, loaded));

  file.tensors.erase("output.weight");
  file.integers.emplace("output.weight", std::vector<std::uint64_t>(8));
  write_safetensors(folder / "m", file);
  EXPECT_EQ(test::error_of<Error>([&] { load_parameters(loaded, folder / "m"); }),
            (folder / "m").string() +
                " does not fit; tensor \"output.weight\" is of 64-bit integers, expected floats of "
                "shape [2, 4]");
}

TEST(ModelFileTest, WeightsThatAreNotFiniteAreRefused) {
  const test::TemporaryFolder folder;
  const Network saved(4, 1), loaded(4, 2), before(4, 2);
  saved.parameter("output.weight").mutable_value().fill(NAN);
  save(saved, folder / "m");
  EXPECT_EQ(test::error_of<ParseError>([&] { load_parameters(loaded, folder / "m"); }),
            (folder / "m").string() +
                ": tensor \"output.weight\": number 1 of 8 is nan, expected finite weights");
  EXPECT_TRUE(same(loaded, before));
}

TEST(ModelFileTest, WhatDoesNotFitChangesNothing) {
  const test::TemporaryFolder folder;
  const Network saved(5), loaded(4, 2), before(4, 2);
  save(saved, folder / "m");
  EXPECT_EQ(test::error_of<Error>([&] { load_parameters(loaded, folder / "m"); }),
            (folder / "m").string() +
                " does not fit; of another shape: \"hidden.weight\" has [5, 3], expected [4, 3], "
                "\"output.weight\" has [2, 5], expected [2, 4]");
  EXPECT_TRUE(same(loaded, before));
  EXPECT_THROW(load_parameters(loaded, folder / "none"), FileError);
}

}  // namespace
}  // namespace espalier::training
