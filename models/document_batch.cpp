#include <espalier/models/document_batch.h>

#include <espalier/base/error.h>

namespace espalier::models {
namespace {

using Documents = std::span<const LabelledDocument* const>;

void check(const LabelledDocument& document, std::size_t d) {
  std::size_t begin = 0;
  for (std::size_t s = 0; s < document.num_sentences(); ++s) {
    const std::size_t end = document.sentence_ends[s];
    if (end < begin || end > document.words.size()) {
      throw GraphError(message("document ", d, ": sentence ", s, " ends before word ", end,
                               ", expected ", begin, " .. ", document.words.size()));
    }
    begin = end;
  }
  if (begin != document.words.size()) {
    throw GraphError(message("document ", d, ": the sentences end before word ", begin,
                             ", expected ", document.words.size(), ", the number of words"));
  }
}

PoolVector<std::uint32_t> words_of(Documents documents) {
  std::size_t num_words = 0;
  for (std::size_t d = 0; d < documents.size(); ++d) {
    check(*documents[d], d);
    num_words += documents[d]->words.size();
  }
  PoolVector<std::uint32_t> words;
  words.reserve(num_words);
  for (const LabelledDocument* document : documents) {
    words.insert(words.end(), document->words.begin(), document->words.end());
  }
  return words;
}

SequenceBatch sentences_of(Documents documents) {
  PoolVector<NodeId> lengths;
  for (const LabelledDocument* document : documents) {
    for (std::size_t s = 0; s < document->num_sentences(); ++s) {
      const std::size_t length = document->sentence(s).size();
      if (length > 0) lengths.push_back(static_cast<NodeId>(length));
    }
  }
  return SequenceBatch(lengths);
}

SequenceBatch documents_of(Documents documents) {
  PoolVector<NodeId> lengths;
  lengths.reserve(documents.size());
  for (const LabelledDocument* document : documents) {
    NodeId num_sentences = 0;
    for (std::size_t s = 0; s < document->num_sentences(); ++s) {
      if (!document->sentence(s).empty()) ++num_sentences;
    }
    lengths.push_back(num_sentences);
  }
  return SequenceBatch(lengths);
}

}  // namespace

DocumentBatch::DocumentBatch(Documents all)
    : words(words_of(all)),
      distinct_words(distinct(words)),
      sentences(sentences_of(all)),
      documents(documents_of(all)) {
  labels.reserve(all.size());
  for (const LabelledDocument* document : all) labels.push_back(document->label);
}

PoolVector<std::uint64_t> DocumentBatch::word_offsets() const {
  PoolVector<std::uint64_t> offsets;
  offsets.reserve(std::size_t{num_documents()} + 1);
  for (NodeId d = 0; d <= num_documents(); ++d) offsets.push_back(first_word(d));
  return offsets;
}

}  // namespace espalier::models
