// A trained model answers from several threads at once: one network, shared by all of them.

#include <atomic>
#include <cstdlib>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include <espalier/espalier.h>

using namespace espalier;

namespace {

constexpr const char* kCheckpoint = "serving.safetensors";

void train() {
  const auto data = datasets::generate_listops(
      {.num_train = 8000, .num_dev = 500, .num_test = 500, .max_length = 20});
  Rng rng(7);
  const models::TreeClassifier model({.num_words = data.num_words(),
                                      .input_size = 32,
                                      .hidden_size = 64,
                                      .num_classes = data.num_classes(),
                                      .dropout = 0.0f},
                                     rng);
  training::Trainer({.epochs = 4,
                     .checkpoint = kCheckpoint,
                     .resume = false,
                     .recipe = training::Recipe{.learning_rate = 0.003, .l2 = 0.0, .adam = true}})
      .fit(model, data);
}

// What a request is: a text, and the class of the root as the answer.
std::string answer(const models::LoadedModel<models::TreeClassifier>& model,
                   const std::string& text) {
  const LabelledTree tree = datasets::parse_listops(text, {.source = "request"});
  const LabelledTree* const one = &tree;
  const models::TreeBatch batch({&one, 1});
  const Tensor probabilities = model.network.probabilities(batch);
  const std::size_t best =
      static_cast<std::size_t>(argmax_rows(probabilities.view())[batch.roots[0]]);
  return model.classes[best];
}

}  // namespace

int main() {
  train();
  const auto model = models::load_model<models::TreeClassifier>(kCheckpoint);
  const std::vector<std::string> requests = {"[MAX 2 9 [MIN 4 7 ] 0 ]", "[MIN 8 7 6 ]", "[SM 4 5 ]",
                                             "[MED 1 2 3 [MAX 1 5 ] ]"};
  std::vector<std::string> expected;
  for (const std::string& request : requests) expected.push_back(answer(model, request));

  constexpr std::size_t kThreads = 4, kRequests = 200;
  std::atomic<std::size_t> num_right = 0;
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (std::size_t i = 0; i < kRequests; ++i) {
        const std::size_t r = (i + t) % requests.size();
        if (answer(model, requests[r]) == expected[r]) ++num_right;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (std::size_t r = 0; r < requests.size(); ++r) {
    std::cout << requests[r] << " is " << expected[r] << '\n';
  }
  std::cout << num_right << " of " << kThreads * kRequests << " answers were as alone\n";
  return num_right == kThreads * kRequests ? EXIT_SUCCESS : EXIT_FAILURE;
}
