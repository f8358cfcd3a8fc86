// A hierarchical attention network finds the one sentence that says a document's class.

#include <cstdlib>
#include <iostream>
#include <vector>

#include <espalier/espalier.h>

using namespace espalier;

int main() {
  const datasets::PlantedDocuments data = datasets::generate_planted_documents({.num_train = 3000});
  Rng rng(/*seed=*/7);
  const models::DocumentHAN model({.num_words = data.num_words(),
                                   .word_size = 32,
                                   .hidden_size = 32,
                                   .num_classes = data.num_classes()},
                                  rng);
  const training::Trainer trainer(
      {.batch_size = 16,
       .epochs = 14,
       .recipe = training::Recipe{.learning_rate = 0.005, .l2 = 0.0, .adam = true}});
  const auto result = trainer.fit(model, data);

  // How often the sentence with the key has the most attention of all.
  std::size_t found = 0;
  for (std::size_t d = 0; d < data.test.size(); ++d) {
    const LabelledDocument* const document = &data.test[d];
    const auto attention = model.predict(models::DocumentBatch({&document, 1}));
    const auto weights = attention.sentence_weights.flat();
    std::size_t most = 0;
    for (std::size_t s = 0; s < weights.size(); ++s) {
      if (weights[s] > weights[most]) most = s;
    }
    if (most == data.keys.test[d].sentence) ++found;
  }
  const double share = static_cast<double>(found) / static_cast<double>(data.test.size());
  std::cout << "accuracy " << result.test.at("accuracy") << ", attention on the key sentence in "
            << 100.0 * share << " % of the documents\n";
  return result.test.at("accuracy") > 0.9 ? EXIT_SUCCESS : EXIT_FAILURE;
}
