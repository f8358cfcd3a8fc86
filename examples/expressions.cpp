// Trains a Tree-LSTM to evaluate nested expressions such as [MAX 2 9 [MIN 4 7 ] 0 ].

#include <iostream>

#include <espalier/espalier.h>

using namespace espalier;

int main() {
  const auto data = datasets::generate_listops(
      {.num_train = 4000, .num_dev = 500, .num_test = 500, .max_length = 30});
  Rng rng(/*seed=*/7);
  const models::TreeClassifier model({.num_words = data.num_words(),
                                      .input_size = 32,
                                      .hidden_size = 64,
                                      .num_classes = data.num_classes(),
                                      .dropout = 0.0f},
                                     rng);
  training::ProgressBar progress;
  const training::Trainer trainer(
      {.batch_size = 25,
       .epochs = 3,
       .recipe = training::Recipe{.learning_rate = 0.003, .l2 = 0.0, .adam = true},
       .reporters = {&progress}});
  const training::TrainingResult result = trainer.fit(model, data);
  std::cout << "accuracy on new expressions: " << result.test.at("accuracy") << '\n';
}
