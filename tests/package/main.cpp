#include <cmath>
#include <cstdlib>
#include <iostream>

#include <espalier/espalier.h>

// Trains a small Tree-LSTM on generated expressions for one epoch, with nothing but the installed
// headers and libraries.
int main() {
  using namespace espalier;
  const Dataset<LabelledTree> data = datasets::generate_listops(
      {.num_train = 200, .num_dev = 50, .num_test = 50, .max_length = 20});
  Rng rng(7);
  const models::TreeClassifier model({.num_words = data.num_words(),
                                      .input_size = 8,
                                      .hidden_size = 8,
                                      .num_classes = data.num_classes(),
                                      .dropout = 0.0f},
                                     rng);
  const auto result = training::Trainer({.batch_size = 20, .epochs = 1}).fit(model, data);
  std::cout << "accuracy " << result.test.at("accuracy") << '\n';
  return std::isfinite(result.epochs.at(0).train_loss) ? EXIT_SUCCESS : EXIT_FAILURE;
}
