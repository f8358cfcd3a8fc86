// Weights from PyTorch: what `safetensors.torch.save_file(torch.nn.LSTM(5, 4).state_dict(), …)`
// wrote is loaded by name, and says what PyTorch says.

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>

#include <espalier/espalier.h>

using namespace espalier;

int main(int argc, char** argv) {
  const std::filesystem::path folder = argc > 1 ? argv[1] : ESPALIER_FIXTURES;
  Rng rng(1);
  const StackedRNN lstm(
      /*input_size=*/5, {.num_layers = 1},
      [](std::size_t input_size, Rng& r) {
        return std::make_unique<LSTM>(
            LSTMOptions{.input_size = static_cast<int>(input_size), .hidden_size = 4}, r);
      },
      rng);
  training::load_parameters(lstm, folder / "torch_lstm_1.safetensors");

  // Three sequences, one after the other, and PyTorch's states of them.
  const auto expected = training::read_safetensors(folder / "torch_lstm_1_expected.safetensors");
  const auto& lengths = expected.integers.at("lengths");
  const SequenceBatch sequences(std::vector<NodeId>(lengths.begin(), lengths.end()));
  const Variable x(expected.tensors.at("input").alias());
  const auto initial = [&](const char* name) {  // [layers, sequences, 4] there, of one layer.
    return Variable(Tensor::from_values({lengths.size(), 4}, expected.tensors.at(name).flat()));
  };
  const StackedStates states =
      lstm.forward(x, sequences, rng, {{.h = initial("h_0"), .c = initial("c_0")}});

  const Tensor& theirs = expected.tensors.at("output");
  double greatest = 0.0;
  for (std::size_t i = 0; i < theirs.size(); ++i) {
    greatest = std::max(greatest, std::abs(static_cast<double>(states.h.value().flat()[i]) -
                                           static_cast<double>(theirs.flat()[i])));
  }
  std::cout << theirs.size() << " numbers, at most " << greatest << " from PyTorch's\n";
  return greatest < 1e-5 ? EXIT_SUCCESS : EXIT_FAILURE;
}
