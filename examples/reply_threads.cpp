// Labels of comments that depend on the comment replied to and on the reply before: a
// Graph-Structured LSTM finds them, and cannot once it sees one kind of edge alone.

#include <cstdlib>
#include <iostream>

#include <espalier/espalier.h>

using namespace espalier;

double accuracy(const datasets::ThreadDataset& data, ReplyEdges edges) {
  Rng rng(/*seed=*/7);
  const models::ThreadClassifier model({.num_words = data.num_words(),
                                        .word_size = 32,
                                        .num_classes = data.num_classes(),
                                        .hidden_size = 32,
                                        .states = models::ThreadStates::kForward,
                                        .edges = edges,
                                        .candidate = Candidate::kTanh},
                                       rng);
  const training::Trainer trainer(
      {.batch_size = 16,
       .epochs = 8,
       .recipe = training::Recipe{.learning_rate = 0.01, .l2 = 0.0, .adam = true}});
  return trainer.fit(model, data).test.at("accuracy");
}

int main() {
  const datasets::ThreadDataset data = datasets::generate_threads({.num_train = 800});
  const double both = accuracy(data, ReplyEdges::kBoth);
  const double tree = accuracy(data, ReplyEdges::kHierarchical);
  std::cout << "accuracy " << both << "; without edges to the reply before " << tree << '\n';
  return both > 0.95 && tree < 0.75 ? EXIT_SUCCESS : EXIT_FAILURE;
}
