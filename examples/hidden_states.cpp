// Hidden states for numpy: a .npy file, which numpy.load reads, and a safetensors file with several
// arrays by name, for safetensors.numpy.load_file.

#include <cstdlib>
#include <iostream>
#include <vector>

#include <espalier/espalier.h>

using namespace espalier;

int main() {
  const auto data = datasets::generate_listops({.num_train = 8, .num_dev = 1, .num_test = 1});
  Rng rng(1);
  const models::TreeClassifier model({.num_words = data.num_words(),
                                      .input_size = 16,
                                      .hidden_size = 24,
                                      .num_classes = data.num_classes()},
                                     rng);
  std::vector<const LabelledTree*> trees;
  for (const LabelledTree& tree : data.train) trees.push_back(&tree);
  const models::TreeBatch batch(trees);

  const Answering answering;
  const Variable x = model.embedding().forward(batch.words);
  const NodeStates states = model.lstm().forward({x, batch.word_nodes}, batch.schedule);

  training::write_npy("hidden_states.npy", states.h.value());
  training::write_safetensors(
      "hidden_states.safetensors",
      training::SafetensorsView{.tensors = {{"h", &states.h.value()}, {"c", &states.c.value()}},
                                .integers = {},
                                .metadata = {}});
  const Tensor back = training::read_npy("hidden_states.npy");
  std::cout << "numpy.load(\"hidden_states.npy\") is " << back.shape().to_string()
            << ": a row for each node of " << trees.size() << " trees\n";
  return bitwise_equal(back, states.h.value()) ? EXIT_SUCCESS : EXIT_FAILURE;
}
