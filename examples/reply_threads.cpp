// Labels of comments that depend on the comment replied to and on the reply before: a
// Graph-Structured LSTM finds them, and cannot once it sees one kind of edge alone.

#include <cstdlib>
#include <iostream>

#include <espalier/espalier.h>

using namespace espalier;

double accuracy(const datasets::ThreadSplits& data, ReplyEdges edges) {
  Rng rng(/*seed=*/7);
  const models::ThreadClassifier model({.num_words = static_cast<int>(data.vocabulary.size()),
                                        .word_size = 32,
                                        .num_classes = static_cast<int>(data.classes.size()),
                                        .hidden_size = 32,
                                        .states = models::ThreadStates::kForward,
                                        .edges = edges,
                                        .candidate = Candidate::kTanh},
                                       rng);
  models::ThreadTask task(model, {data.train, data.dev, data.test}, models::ThreadMetrics::kClasses,
                          {.learning_rate = 0.01, .l2 = 0.0, .adam = true},
                          R"({"model":"reply threads"})");
  return training::Trainer({.batch_size = 16, .epochs = 8}).fit(task).test.at("accuracy");
}

int main() {
  const datasets::ThreadSplits data = datasets::generate_threads({.num_train = 800});
  const double both = accuracy(data, ReplyEdges::kBoth);
  const double tree = accuracy(data, ReplyEdges::kHierarchical);
  std::cout << "accuracy " << both << "; without edges to the reply before " << tree << '\n';
  return both > 0.95 && tree < 0.75 ? EXIT_SUCCESS : EXIT_FAILURE;
}
