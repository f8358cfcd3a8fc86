#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <espalier/base/error.h>
#include <espalier/layers/elman_rnn.h>
#include <espalier/layers/gru.h>
#include <espalier/layers/lstm.h>
#include <espalier/layers/stacked_rnn.h>
#include <espalier/training/named_tensors.h>
#include <espalier/training/safetensors.h>

#include "tests/support/errors.h"

// State dicts of PyTorch's recurrent modules load by name, and say what PyTorch says. Where the
// files come from: tests/fixtures/make_torch_rnn.py.
namespace espalier {
namespace {

using test::error_of;
using training::NamedTensors;
using training::read_safetensors;
using training::Safetensors;

constexpr std::size_t kInput = 5, kHidden = 4;

std::filesystem::path fixture(const std::string& name) {
  return std::filesystem::path(ESPALIER_TEST_FIXTURES) / (name + ".safetensors");
}

std::unique_ptr<RecurrentLayer> make_layer(const std::string& kind, std::size_t input_size,
                                           Rng& rng) {
  const int input = static_cast<int>(input_size), hidden = static_cast<int>(kHidden);
  if (kind == "lstm") {
    return std::make_unique<LSTM>(LSTMOptions{.input_size = input, .hidden_size = hidden}, rng);
  }
  if (kind == "gru") {
    return std::make_unique<GRU>(GRUOptions{.input_size = input, .hidden_size = hidden}, rng);
  }
  return std::make_unique<ElmanRNN>(
      ElmanRNNOptions{.input_size = input,
                      .hidden_size = hidden,
                      .activation = kind == "rnn_relu" ? Activation::kRelu : Activation::kTanh},
      rng);
}

StackedRNN make_stack(const std::string& kind, bool deep) {
  Rng rng(1);
  const auto make = [&](std::size_t input_size, Rng& r) { return make_layer(kind, input_size, r); };
  return {kInput, {.num_layers = deep ? 2 : 1, .bidirectional = deep}, make, rng};
}

// Layer i of states of all layers, [layers, sequences, hidden].
Tensor part(const Tensor& states, std::size_t i, std::size_t num_sequences) {
  return Tensor::from_values(
      {num_sequences, kHidden},
      states.flat().subspan(i * num_sequences * kHidden, num_sequences * kHidden));
}

struct Case {
  std::string kind;
  bool deep;

  std::string file() const { return "torch_" + kind + (deep ? "_2_bidirectional" : "_1"); }
};

class TorchWeightsTest : public testing::TestWithParam<Case> {};

TEST_P(TorchWeightsTest, GivePyTorchsOutputsAndStates) {
  const StackedRNN stack = make_stack(GetParam().kind, GetParam().deep);
  const NamedTensors weights = read_safetensors(fixture(GetParam().file())).tensors;
  training::load_parameters(stack.parameters(), weights, GetParam().file());
  EXPECT_EQ(stack.parameters().size(), weights.size());

  const Safetensors expected = read_safetensors(fixture(GetParam().file() + "_expected"));
  const std::vector<std::uint64_t>& read = expected.integers.at("lengths");
  const std::vector<NodeId> lengths(read.begin(), read.end());
  const SequenceBatch batch(lengths);
  const bool has_cell = expected.tensors.contains("c_0");
  ASSERT_EQ(has_cell, stack.layer(0).has_cell());
  std::vector<SequenceStates> initial(stack.num_layers());
  for (std::size_t i = 0; i < initial.size(); ++i) {
    initial[i].h = Variable(part(expected.tensors.at("h_0"), i, lengths.size()));
    if (has_cell) initial[i].c = Variable(part(expected.tensors.at("c_0"), i, lengths.size()));
  }
  Rng rng(1);
  const StackedStates actual =
      stack.forward(Variable(expected.tensors.at("input").clone()), batch, rng, initial);
  EXPECT_TRUE(all_close(actual.h.value(), expected.tensors.at("output"), 0.0f, 1e-5f));
  ASSERT_EQ(actual.last.size(), stack.num_layers());
  for (std::size_t i = 0; i < actual.last.size(); ++i) {
    EXPECT_TRUE(all_close(actual.last[i].h.value(),
                          part(expected.tensors.at("h_n"), i, lengths.size()), 0.0f, 1e-5f))
        << "h of layer " << i;
    if (!has_cell) continue;
    EXPECT_TRUE(all_close(actual.last[i].c.value(),
                          part(expected.tensors.at("c_n"), i, lengths.size()), 0.0f, 1e-5f))
        << "c of layer " << i;
  }
}

// Nothing of a state dict is guessed, dropped or left as it was.
TEST_P(TorchWeightsTest, MustFitByNameAndShape) {
  const StackedRNN stack = make_stack(GetParam().kind, GetParam().deep);
  const NamedTensors weights = read_safetensors(fixture(GetParam().file())).tensors;
  const auto error = [&](const NamedTensors& values) {
    const NamedTensors before = training::clone_values(stack.parameters());
    std::string text = error_of<Error>(
        [&] { training::load_parameters(stack.parameters(), values, "torch.safetensors"); });
    for (const NamedParameter& p : stack.parameters()) {
      EXPECT_TRUE(bitwise_equal(p.variable.value(), before.at(p.name))) << p.name;
    }
    return text;
  };

  NamedTensors missing = training::clone(weights);
  missing.erase("bias_hh_l0");
  EXPECT_EQ(error(missing), "torch.safetensors does not fit; missing: \"bias_hh_l0\"");

  NamedTensors extra = training::clone(weights);
  extra.emplace("weight_hr_l0", Tensor::zeros({2, 4}));  // A projection: PyTorch's proj_size.
  EXPECT_EQ(error(extra), "torch.safetensors does not fit; not expected: \"weight_hr_l0\"");

  NamedTensors other = training::clone(weights);
  const std::size_t gates = other.at("weight_ih_l0").rows();
  other["weight_ih_l0"] = Tensor::zeros({gates, 6});
  EXPECT_EQ(error(other), message("torch.safetensors does not fit; of another shape: "
                                  "\"weight_ih_l0\" has [",
                                  gates, ", 6], expected [", gates, ", 5]"));

  const StackedRNN otherwise = make_stack(GetParam().kind, !GetParam().deep);
  const std::string text = error_of<Error>(
      [&] { training::load_parameters(otherwise.parameters(), weights, "torch.safetensors"); });
  const std::string expected =
      message(GetParam().deep ? "not expected:" : "missing:", " \"bias_hh_l0_reverse\"");
  EXPECT_NE(text.find(expected), std::string::npos) << text;
}

INSTANTIATE_TEST_SUITE_P(Fixtures, TorchWeightsTest,
                         testing::Values(Case{"rnn_tanh", false}, Case{"rnn_tanh", true},
                                         Case{"rnn_relu", false}, Case{"rnn_relu", true},
                                         Case{"lstm", false}, Case{"lstm", true},
                                         Case{"gru", false}, Case{"gru", true}),
                         [](const auto& info) { return info.param.file(); });

}  // namespace
}  // namespace espalier
