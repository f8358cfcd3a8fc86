#include <espalier/layers/gru.h>

#include <cmath>

#include "tests/layers/chain_layer.h"

namespace espalier {
namespace {

using test::ChainLayerTest;
using test::SomeInputs;
using test::SomeStates;

GRUOptions with(GRUReset reset, GRUUpdate update) { return {.reset = reset, .update = update}; }

INSTANTIATE_TEST_SUITE_P(
    GRU, ChainLayerTest,
    testing::Values(test::variant<GRU>("AfterKeep", with(GRUReset::kAfter, GRUUpdate::kKeepByZ)),
                    test::variant<GRU>("AfterWrite", with(GRUReset::kAfter, GRUUpdate::kWriteByZ)),
                    test::variant<GRU>("BeforeKeep", with(GRUReset::kBefore, GRUUpdate::kKeepByZ)),
                    test::variant<GRU>("BeforeWrite",
                                       with(GRUReset::kBefore, GRUUpdate::kWriteByZ))),
    test::name_of);

constexpr std::size_t kHidden = 21;

class GRUTest : public testing::Test {
 protected:
  GRU make(GRUReset reset, GRUUpdate update) {
    return {{.input_size = 3, .hidden_size = kHidden, .reset = reset, .update = update}, rng_};
  }
  static void copy_parameters(const GRU& from, const GRU& to) {
    for (const NamedParameter& p : from.parameters()) {
      to.parameter(p.name).mutable_value() = p.variable.value().clone();
    }
  }
  // Applies f to all numbers that make up the pre-activations of gate r 0, z 1 or n 2.
  template <class F>
  static void change_gate(const GRU& gru, std::size_t gate, const F& f) {
    for (const NamedParameter& p : gru.parameters()) {
      Tensor& value = p.variable.mutable_value();
      const std::size_t size = value.size() / 3;
      for (float& v : value.flat().subspan(gate * size, size)) v = f(v);
    }
  }
  static void set_bias(const GRU& gru, std::size_t gate, float bias) {
    std::fill_n(gru.parameter("bias_ih").mutable_value().data() + gate * kHidden, kHidden, bias);
  }

  Rng rng_{1};
  Structure structure_ = test::sequences({30, 4, 11});
  SomeInputs x_ = test::inputs_of(test::all_nodes(structure_), 3, rng_);
};

TEST_F(GRUTest, HasPyTorchsParameters) {
  const GRU gru = make(GRUReset::kAfter, GRUUpdate::kKeepByZ);
  EXPECT_EQ(gru.parameter("weight_ih").shape(), (Shape{3 * kHidden, 3}));
  EXPECT_EQ(gru.parameter("weight_hh").shape(), (Shape{3 * kHidden, kHidden}));
  EXPECT_EQ(gru.parameter("bias_ih").shape(), (Shape{3 * kHidden}));
  EXPECT_EQ(gru.parameter("bias_hh").shape(), (Shape{3 * kHidden}));
  EXPECT_EQ(gru.parameters().size(), 4u);
  EXPECT_FALSE(gru.has_cell());
}

TEST_F(GRUTest, ChronoInitialisationKeepsByZEitherWay) {
  for (const GRUUpdate update : {GRUUpdate::kKeepByZ, GRUUpdate::kWriteByZ}) {
    const GRU gru({.input_size = 3, .hidden_size = 4, .update = update, .chrono_steps = 50}, rng_);
    for (std::size_t e = 4; e < 8; ++e) {
      const float bias = gru.parameter("bias_ih").value().flat()[e];
      const float keeps = update == GRUUpdate::kKeepByZ ? bias : -bias;
      EXPECT_GT(keeps, 0.0f);
      EXPECT_LT(keeps, std::log(49.0f));
      EXPECT_EQ(gru.parameter("bias_hh").value().flat()[e], 0.0f);
    }
  }
}

TEST_F(GRUTest, AGateThatIsOpenCopiesTheStateAndShutForgetsIt) {
  for (const GRUReset reset : {GRUReset::kAfter, GRUReset::kBefore}) {
    for (const GRUUpdate update : {GRUUpdate::kKeepByZ, GRUUpdate::kWriteByZ}) {
      const float open = update == GRUUpdate::kKeepByZ ? 1000.0f : -1000.0f;
      const GRU gru = make(reset, update);
      const SomeStates initial = test::states_of(gru, {0, 30, 34}, rng_);
      const test::ChainRun run{gru, structure_, x_, initial};
      set_bias(gru, 1, open);
      const Variable h = run.forward()({}).h;
      for (std::size_t v = 0; v < 45; ++v) {
        const std::size_t s = v < 30 ? 0 : v < 34 ? 1 : 2;
        EXPECT_TRUE(bitwise_equal(test::rows_of(h.value(), v, v + 1),
                                  test::rows_of(initial.h.value(), s, s + 1)))
            << v;
      }
      // Shut, the state is the candidate's alone: within ±1, wherever it began.
      set_bias(gru, 1, -open);
      initial.h.mutable_value().fill(100.0f);
      const Variable shut = run.forward()({}).h;
      for (const float value : shut.value().flat()) EXPECT_LE(std::abs(value), 1.0f);
    }
  }
}

// sigmoid(-a) = 1 - sigmoid(a).
TEST_F(GRUTest, TheTwoUpdatesAreEachOthersWithNegatedZ) {
  for (const GRUReset reset : {GRUReset::kAfter, GRUReset::kBefore}) {
    const GRU keep = make(reset, GRUUpdate::kKeepByZ), write = make(reset, GRUUpdate::kWriteByZ);
    copy_parameters(keep, write);
    change_gate(write, 1, [](float v) { return -v; });
    const SomeStates initial = test::states_of(keep, {0, 34}, rng_);
    const test::Results expected = test::ChainRun{keep, structure_, x_, initial}.step();
    test::Results actual = test::ChainRun{write, structure_, x_, initial}.step();
    for (std::size_t i = 0; i < expected.size(); ++i) {
      auto& [name, result] = actual[i];
      const std::size_t size = result.size() / 3;
      if (name.starts_with("weight") || name.starts_with("bias")) {
        for (float& g : result.flat().subspan(size, size)) g = -g;
      }
      EXPECT_TRUE(all_close(result, expected[i].second, 1e-5f, name == "h" ? 1e-6f : 1e-5f))
          << name;
    }
  }
}

TEST_F(GRUTest, AResetGateThatIsOpenActsNowhere) {
  const GRU after = make(GRUReset::kAfter, GRUUpdate::kKeepByZ);
  const GRU before = make(GRUReset::kBefore, GRUUpdate::kKeepByZ);
  set_bias(after, 0, 1000.0f);
  copy_parameters(after, before);
  const test::Results expected = test::ChainRun{after, structure_, x_}.step();
  const test::Results actual = test::ChainRun{before, structure_, x_}.step();
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_TRUE(all_close(actual[i].second, expected[i].second, 1e-5f, 1e-5f)) << actual[i].first;
  }
}

}  // namespace
}  // namespace espalier
