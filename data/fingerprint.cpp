#include <espalier/data/fingerprint.h>

#include <bit>

namespace espalier {

// A step of a bijection in both the state and the number (the finisher of SplitMix64), so that no
// single change is lost.
void Fingerprint::add(std::uint64_t number) {
  std::uint64_t x = state_ * 0x9e37'79b9'7f4a'7c15 + number;
  x = (x ^ (x >> 30)) * 0xbf58'476d'1ce4'e5b9;
  x = (x ^ (x >> 27)) * 0x94d0'49bb'1331'11eb;
  state_ = x ^ (x >> 31);
}

void Fingerprint::add(std::string_view bytes) {
  add(static_cast<std::uint64_t>(bytes.size()));
  for (const char byte : bytes) add(static_cast<std::uint64_t>(static_cast<unsigned char>(byte)));
}

void Fingerprint::add(float number) {
  add(static_cast<std::uint64_t>(std::bit_cast<std::uint32_t>(number)));
}

void Fingerprint::add(const LabelledTree& example) {
  add(static_cast<std::uint64_t>(example.tree.num_nodes()));
  for (NodeId v = 0; v < example.tree.num_nodes(); ++v) add(example.tree.children(v));
  add(example.words);
  add(example.labels);
}

void Fingerprint::add(const LabelledSequence& example) {
  add(example.words);
  add(example.labels);
}

void Fingerprint::add(const SequencePair& example) {
  add(example.source);
  add(example.target);
}

void Fingerprint::add(const LabelledDocument& example) {
  add(example.words);
  add(example.sentence_ends);
  add(static_cast<std::uint64_t>(example.label));
}

void Fingerprint::add(const LabelledThread& example) {
  add(static_cast<std::uint64_t>(example.graph.num_nodes()));
  for (NodeId v = 0; v < example.graph.num_nodes(); ++v) {
    add(static_cast<std::uint64_t>(example.graph.parent(v)));
    add(static_cast<std::uint64_t>(example.graph.next_sibling(v)));
  }
  add(example.words);
  add(example.word_ends);
  add(example.features);
  add(example.labels);
}

void Fingerprint::add(const ScoredPair& example) {
  add(example.a);
  add(example.b);
  add(example.score);
}

void Fingerprint::add(const RegressionExample& example) {
  add(static_cast<std::uint64_t>(example.inputs.rows()));
  add(example.inputs.flat());
  add(example.target);
}

std::string Fingerprint::text() const {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string digits(16, '0');
  for (std::size_t i = 0; i < digits.size(); ++i) {
    digits[i] = kDigits[(state_ >> (60 - 4 * i)) & 15];
  }
  return digits;
}

}  // namespace espalier
