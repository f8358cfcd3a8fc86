#include <espalier/models/thread_batch.h>

#include <algorithm>

#include <espalier/base/error.h>
#include <espalier/graph/kept_schedule.h>

namespace espalier::models {
namespace {

using Threads = std::span<const LabelledThread* const>;

Schedule schedule_of(Threads threads, ReplyDirection direction, ReplyEdges edges) {
  PoolVector<const ReplyGraph*> graphs;
  graphs.reserve(threads.size());
  for (const LabelledThread* thread : threads) graphs.push_back(&thread->graph);
  return reply_schedule(graphs, direction, edges);
}

void check(const LabelledThread& thread, std::size_t t, std::size_t num_features) {
  const std::size_t n = thread.graph.num_nodes();
  if (thread.labels.size() != n || thread.word_ends.size() != n) {
    throw GraphError(message("thread ", t, " has ", thread.labels.size(), " labels and ",
                             thread.word_ends.size(), " ends of words, expected ", n,
                             " of each, one for each node"));
  }
  if (!std::ranges::is_sorted(thread.word_ends) || thread.word_ends.back() != thread.words.size()) {
    throw GraphError(message("thread ", t, ": the ends of words do not ascend to ",
                             thread.words.size(), ", the number of words"));
  }
  if (thread.features.size() != n * num_features) {
    throw ShapeError(message("thread ", t, " has ", thread.features.size(), " features, expected ",
                             n * num_features, ", ", num_features, " for each node"));
  }
}

}  // namespace

ThreadBatch::ThreadBatch(Threads threads, std::size_t num_features, ReplyEdges edges)
    : forward(schedule_of(threads, ReplyDirection::kForward, edges)),
      backward(schedule_of(threads, ReplyDirection::kBackward, edges)) {
  const std::size_t n = forward.num_nodes();
  features = Tensor::uninitialized({n, num_features});
  labels.reserve(n);
  word_offsets.reserve(n + 1);
  word_offsets.push_back(0);
  float* to = features.data();
  for (std::size_t t = 0; t < threads.size(); ++t) {
    const LabelledThread& thread = *threads[t];
    check(thread, t, num_features);
    const std::uint64_t before = words.size();
    words.insert(words.end(), thread.words.begin(), thread.words.end());
    for (const std::uint32_t end : thread.word_ends) word_offsets.push_back(before + end);
    labels.insert(labels.end(), thread.labels.begin(), thread.labels.end());
    to = std::ranges::copy(thread.features, to).out;
  }
}

}  // namespace espalier::models
