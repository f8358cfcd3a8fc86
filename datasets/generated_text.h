#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace espalier::datasets {

struct GeneratedTextOptions {
  std::size_t num_sentences = 10'000;  ///< One on each line, some 60 characters long; > 0.
  int max_depth = 3;                   ///< Of clauses within clauses, 0 .. 20.
  std::uint64_t seed = 0;
};

/// English-like text for a character model to learn, drawn from a small grammar: spelling, which
/// words may follow each other, and what asks for a memory:
///
/// - the verb agrees in number with its subject, over a relative clause between them whose nouns
///   may be of the other number ("the dog that the boys chase sleeps"),
/// - brackets and quotes are closed in the order in which they were opened, "(" and "[" in turn by
///   depth, and so '"' and "'".
///
/// Sentence i depends on the seed and i alone. For text_data() of datasets/text.h.
/// Throws OptionError at options out of range.
std::string generate_text(const GeneratedTextOptions& options = {});

}  // namespace espalier::datasets
