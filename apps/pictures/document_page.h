#pragma once

#include <span>
#include <string>

#include <espalier/apps/systems/documents.h>

namespace espalier::apps {

/// What a page says of the document as a whole.
struct DocumentVerdict {
  std::string label;
  float probability = 0.0f;
};

/// An HTML page of a document, with nothing outside itself: a bar before each sentence is as dark
/// as the attention that it has in the document, the ground of each word as dark as its own in the
/// sentence. Weights are one for each sentence and for each word.
std::string document_page(const TextDocument& text, const DocumentVerdict& verdict,
                          std::span<const float> sentence_weights,
                          std::span<const float> word_weights);

}  // namespace espalier::apps
