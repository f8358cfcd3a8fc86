#include <espalier/models/document_batch.h>

#include <gtest/gtest.h>

#include <espalier/base/error.h>

#include "tests/models/documents.h"
#include "tests/support/errors.h"

namespace espalier::models {
namespace {

template <class Range>
std::vector<std::uint64_t> listed(const Range& range) {
  return {range.begin(), range.end()};
}

std::string error_of_batch(const LabelledDocument& document) {
  const LabelledDocument fine = test::document({{1}}, 0);
  const std::vector<const LabelledDocument*> both = {&fine, &document};
  return test::error_of<GraphError>([&] { DocumentBatch{both}; });
}

TEST(DocumentBatchTest, LaysDocumentsSideBySide) {
  const std::vector<LabelledDocument> documents = {test::document({{4, 5, 6}, {7}}, 2),
                                                   test::document({{8, 9}}, kNoLabel)};
  const DocumentBatch batch(test::pointers(documents));
  EXPECT_EQ(batch.num_words(), 6u);
  EXPECT_EQ(batch.num_sentences(), 3u);
  EXPECT_EQ(batch.num_documents(), 2u);
  EXPECT_EQ(listed(batch.words), (std::vector<std::uint64_t>{4, 5, 6, 7, 8, 9}));
  EXPECT_EQ(listed(batch.sentences.offsets()), (std::vector<std::uint64_t>{0, 3, 4, 6}));
  EXPECT_EQ(listed(batch.documents.offsets()), (std::vector<std::uint64_t>{0, 2, 3}));
  EXPECT_EQ(listed(batch.word_offsets()), (std::vector<std::uint64_t>{0, 4, 6}));
  EXPECT_EQ(batch.labels[0], 2);
  EXPECT_EQ(batch.labels[1], kNoLabel);
}

TEST(DocumentBatchTest, LeavesOutEmptySentencesButNotEmptyDocuments) {
  const std::vector<LabelledDocument> documents = {
      test::document({}, 0), test::document({{}, {1, 2}, {}, {3}, {}}, 1),
      test::document({{}, {}}, 2), test::document({{4}}, 3)};
  const DocumentBatch batch(test::pointers(documents));
  EXPECT_EQ(listed(batch.sentences.offsets()), (std::vector<std::uint64_t>{0, 2, 3, 4}));
  EXPECT_EQ(listed(batch.documents.offsets()), (std::vector<std::uint64_t>{0, 0, 2, 2, 3}));
  EXPECT_EQ(listed(batch.word_offsets()), (std::vector<std::uint64_t>{0, 0, 3, 3, 4}));
  EXPECT_EQ(batch.labels.size(), 4u);
}

TEST(DocumentBatchTest, OfNoDocumentsIsEmpty) {
  const DocumentBatch batch({});
  EXPECT_EQ(batch.num_words(), 0u);
  EXPECT_EQ(batch.num_documents(), 0u);
  EXPECT_EQ(listed(batch.word_offsets()), (std::vector<std::uint64_t>{0}));
}

TEST(DocumentBatchTest, RefusesSentencesThatAreNotThoseOfTheWords) {
  LabelledDocument document = test::document({{1, 2}, {3}}, 0);
  document.sentence_ends = {2, 1};
  EXPECT_EQ(error_of_batch(document), "document 1: sentence 1 ends before word 1, expected 2 .. 3");
  document.sentence_ends = {4};
  EXPECT_EQ(error_of_batch(document), "document 1: sentence 0 ends before word 4, expected 0 .. 3");
  document.sentence_ends = {2};
  EXPECT_EQ(error_of_batch(document),
            "document 1: the sentences end before word 2, expected 3, the number of words");
}

}  // namespace
}  // namespace espalier::models
