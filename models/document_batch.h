#pragma once

#include <cstdint>
#include <span>

#include <espalier/base/memory.h>
#include <espalier/data/labelled_document.h>
#include <espalier/graph/node.h>
#include <espalier/graph/sequence.h>
#include <espalier/ops/distinct.h>

namespace espalier::models {

/// Documents side by side: the words of a sentence are the steps of a sequence, and the sentences
/// of a document are the steps of another. Nothing is padded.
///
/// Empty sentences are left out: they have no words, and a document with one means what it means
/// without. Sentence s of the batch is thus the s-th that has a word. A document without words is
/// an empty sequence, and stays.
struct DocumentBatch {
  /// Throws GraphError, naming document and sentence, unless a document's sentence ends ascend to
  /// its number of words.
  explicit DocumentBatch(std::span<const LabelledDocument* const> documents);

  NodeId num_words() const { return sentences.num_nodes(); }
  NodeId num_sentences() const { return sentences.num_sequences(); }
  NodeId num_documents() const { return documents.num_sequences(); }

  /// The words of document d are words[first_word(d)] .. words[first_word(d + 1) - 1].
  NodeId first_word(NodeId d) const { return sentences.first(documents.first(d)); }
  /// first_word(0) .. first_word(num_documents()): segments, for the operations of ops/segment.h.
  PoolVector<std::uint64_t> word_offsets() const;

  PoolVector<std::uint32_t> words;  ///< Of all documents.
  Distinct distinct_words;          ///< Those, each once.
  SequenceBatch sentences;          ///< Over the words.
  SequenceBatch documents;          ///< Over the sentences.
  PoolVector<std::int32_t> labels;  ///< For each document; kNoLabel where there is none.
};

}  // namespace espalier::models
