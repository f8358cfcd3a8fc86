#include <espalier/training/checkpoint.h>

#include <gtest/gtest.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <sstream>
#include <string>
#include <thread>

#include <espalier/base/error.h>
#include <espalier/training/safetensors.h>

#include "tests/training/training_test_support.h"

namespace espalier::training {
namespace {

// Version n of a checkpoint: every number in it says so.
Checkpoint version(std::uint64_t n) {
  Checkpoint checkpoint{.configuration = R"({"model":"Toy","hidden_size":3})",
                        .parameters = {},
                        .best_parameters = {},
                        .optimizer = {},
                        .run = {}};
  const auto value = static_cast<float>(n);
  checkpoint.parameters.emplace("lstm.bias", Tensor::filled({3}, value));
  checkpoint.best_parameters.emplace("lstm.bias", Tensor::filled({3}, -value));
  checkpoint.optimizer.tensors.emplace("0/squares/lstm.bias", Tensor::filled({3}, value));
  checkpoint.optimizer.counters.emplace("0/steps", n);
  checkpoint.run.nodes = n;
  return checkpoint;
}

void expect_version(const Checkpoint& actual, std::uint64_t n) {
  const Checkpoint expected = version(n);
  EXPECT_EQ(actual.configuration, expected.configuration);
  for (const auto member : {&Checkpoint::parameters, &Checkpoint::best_parameters}) {
    ASSERT_EQ((actual.*member).size(), 1u);
    EXPECT_TRUE(
        bitwise_equal((actual.*member).at("lstm.bias"), (expected.*member).at("lstm.bias")));
  }
  ASSERT_EQ(actual.optimizer.tensors.size(), 1u);
  EXPECT_TRUE(bitwise_equal(actual.optimizer.tensors.at("0/squares/lstm.bias"),
                            expected.optimizer.tensors.at("0/squares/lstm.bias")));
  EXPECT_EQ(actual.optimizer.counters, expected.optimizer.counters);
  EXPECT_EQ(to_json(actual.run), to_json(expected.run));
}

TEST(CheckpointTest, ComesBackBitForBit) {
  const test::TemporaryFolder folder;
  save_checkpoint(folder / "c", version(5));
  expect_version(load_checkpoint(folder / "c"), 5);
}

TEST(CheckpointTest, OtherReadersSeeTheParametersByName) {
  const test::TemporaryFolder folder;
  save_checkpoint(folder / "c", version(5));
  EXPECT_EQ(read_safetensors(folder / "c").tensors.at("lstm.bias").flat()[0], 5.0f);
}

TEST(CheckpointTest, TheBestParametersAreThoseToUse) {
  Checkpoint checkpoint = version(5);
  EXPECT_EQ(checkpoint.parameters_to_use().at("lstm.bias").flat()[0], -5.0f);
  checkpoint.best_parameters.clear();
  EXPECT_EQ(checkpoint.parameters_to_use().at("lstm.bias").flat()[0], 5.0f);
}

TEST(CheckpointTest, CutShortAnywhereItIsAParseError) {
  const test::TemporaryFolder folder;
  save_checkpoint(folder / "c", version(5));
  const std::string whole = test::read_file(folder / "c");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    test::write_file(folder / "cut", whole.substr(0, size));
    EXPECT_THROW(load_checkpoint(folder / "cut"), ParseError) << size << " of " << whole.size();
  }
}

TEST(CheckpointTest, WithAnyByteChangedItIsAParseError) {
  const test::TemporaryFolder folder;
  save_checkpoint(folder / "c", version(5));
  const std::string whole = test::read_file(folder / "c");
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (const int flip : {0x01, 0x03, 0x12, 0x20, 0x80, 0xff}) {
      std::string changed = whole;
      changed[i] = static_cast<char>(changed[i] ^ flip);
      std::istringstream in(changed);
      EXPECT_THROW(checkpoint_from(read_safetensors(in, "c"), "c"), ParseError) << i << ' ' << flip;
    }
  }
}

// A checkpoint as it was written before there were checksums, its metadata changed by `change`.
template <class Change>
void write_old(const std::filesystem::path& path, const Change& change) {
  const Checkpoint c = version(5);
  Safetensors file;
  file.tensors = alias(c.parameters);
  for (const auto& [name, tensor] : c.optimizer.tensors) {
    file.tensors.emplace("optimizer/" + name, tensor.alias());
  }
  for (const auto& [name, tensor] : c.best_parameters) {
    file.tensors.emplace("best/" + name, tensor.alias());
  }
  file.integers = {{"optimizer/0/steps", {5}}};
  file.metadata = {{"format", "espalier checkpoint 1"},
                   {"configuration", c.configuration},
                   {"run", to_json(c.run)}};
  change(file.metadata);
  write_safetensors(path, file);
}

TEST(CheckpointTest, TheFormatWithoutChecksumsIsRead) {
  const test::TemporaryFolder folder;
  write_old(folder / "c", [](auto&) {});
  expect_version(load_checkpoint(folder / "c"), 5);
  write_old(folder / "c", [](auto& metadata) { metadata["format"] = "espalier checkpoint 2"; });
  const std::string text = test::error_of<ParseError>([&] { load_checkpoint(folder / "c"); });
  EXPECT_TRUE(test::contains(text, "no checksums in the metadata")) << text;
}

TEST(CheckpointTest, JsonThatIsDeepOrGoesOnAfterANulIsRefused) {
  const test::TemporaryFolder folder;
  for (const char* key : {"configuration", "run"}) {
    for (const std::string& more :
         {std::string(100'000, '['), std::string(100'000, '{'), std::string("\0{}", 3)}) {
      write_old(folder / "c", [&](auto& metadata) { metadata[key] += more; });
      const std::string text = test::error_of<ParseError>([&] { load_checkpoint(folder / "c"); });
      EXPECT_TRUE(test::contains(text, message("metadata \"", key, "\": "))) << text;
    }
  }
}

TEST(CheckpointTest, PlainWeightsAreNoCheckpoint) {
  const test::TemporaryFolder folder;
  Safetensors weights;
  weights.tensors.emplace("w", Tensor::zeros({2}));
  write_safetensors(folder / "weights", weights);
  EXPECT_THROW(load_checkpoint(folder / "weights"), ParseError);
  weights.metadata = {{"format", "pt"}};
  write_safetensors(folder / "weights", weights);
  const std::string text = test::error_of<ParseError>([&] { load_checkpoint(folder / "weights"); });
  EXPECT_TRUE(test::contains(text, "the format is \"pt\", expected \"espalier")) << text;
}

TEST(CheckpointTest, AnotherModelIsRefused) {
  const std::string text = test::error_of<Error>(
      [] { check_configuration(version(1), R"({"model":"DocumentHAN"})", "c.safetensors"); });
  EXPECT_EQ(text,
            "c.safetensors: a checkpoint of the model \"Toy\", expected one of "
            "\"DocumentHAN\"");
}

TEST(CheckpointTest, OtherOptionsAreNamed) {
  check_configuration(version(1), R"({ "hidden_size": 3, "model": "Toy" })", "c");
  const std::string text = test::error_of<Error>([] {
    check_configuration(version(1), R"({"model":"Toy","hidden_size":4,"dropout":0.5})", "c");
  });
  EXPECT_EQ(text,
            "c: a checkpoint of a model with other options; \"dropout\" is missing there, "
            "expected 0.5; \"hidden_size\" is 3 there, expected 4");
  EXPECT_THROW(check_configuration(version(1), "no JSON", "c"), Error);
  EXPECT_THROW(check_configuration(version(1), "[]", "c"), Error);
}

TEST(CheckpointTest, ParameterNamesMustNotBeTakenForOthers) {
  const test::TemporaryFolder folder;
  Checkpoint checkpoint = version(1);
  checkpoint.parameters.emplace("best/w", Tensor::zeros({1}));
  EXPECT_THROW(save_checkpoint(folder / "c", checkpoint), OptionError);
}

// In a child, which must not live on as a second test program: hence noexcept.
[[noreturn]] void save_versions_for_ever(const std::filesystem::path& path) noexcept {
  for (std::uint64_t n = 0;; ++n) save_checkpoint(path, version(n));
}

TEST(CheckpointTest, AKilledWriterLeavesAWholeCheckpoint) {
  const test::TemporaryFolder folder;
  save_checkpoint(folder / "c", version(0));
  Rng rng(11);
  for (int round = 0; round < 60; ++round) {
    const pid_t child = ::fork();
    if (child == 0) save_versions_for_ever(folder / "c");
    std::this_thread::sleep_for(std::chrono::microseconds(rng.below(8000)));
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    const Checkpoint found = load_checkpoint(folder / "c");
    expect_version(found, found.run.nodes);
  }
}

}  // namespace
}  // namespace espalier::training
