#include "tests/support/first_answers.h"

#include <memory>
#include <numeric>
#include <utility>

#include <espalier/datasets/generated_threads.h>
#include <espalier/models/averaged_embedding.h>
#include <espalier/models/bag_of_words.h>
#include <espalier/models/document_han.h>
#include <espalier/models/encoder_decoder.h>
#include <espalier/models/language_model.h>
#include <espalier/models/sequence_classifier.h>
#include <espalier/models/sequence_regressor.h>
#include <espalier/models/similarity.h>
#include <espalier/models/thread_classifier.h>
#include <espalier/models/tree_classifier.h>

#include "tests/models/documents.h"
#include "tests/models/sequences.h"
#include "tests/models/trees.h"

namespace espalier::models {
namespace {

using test::Answer;
using test::FreshModel;

enum class Asked { kAllExamples, kNone };

// The model that make(rng) makes, asked for its loss on all of `examples`, a vector that the
// model's Examples are a span of, or on none of them.
template <class Make, class Vector>
FreshModel fresh(Asked asked, std::string name, Make make, std::shared_ptr<const Vector> examples) {
  return {.name = std::move(name), .make = [asked, make, examples]() -> Answer {
            using Model = decltype(make(std::declval<Rng&>()));
            Rng rng(1);
            auto model = std::make_shared<Model>(make(rng));
            test::draw_parameters(*model, rng);
            std::vector<std::uint32_t> all(asked == Asked::kNone ? 0 : examples->size());
            std::iota(all.begin(), all.end(), 0u);
            auto batch = std::make_shared<typename Model::Batch>(
                model->make_batch(typename Model::Examples(*examples), all, rng));
            return [model, batch, examples] {
              Rng unused(0);
              return model->loss(*batch, unused).value().clone();
            };
          }};
}

template <class Vector>
auto shared(Vector examples) {
  return std::make_shared<const Vector>(std::move(examples));
}

std::vector<FreshModel> all_models(Asked asked) {
  const auto trees = shared(test::odd_or_even_trees(4, 10, 1));
  const auto sequences = shared(test::random_sequences(5, 9, 3, 6, 1));
  const auto documents = shared(test::random_documents(6, 9, 3, 4, 1));
  const auto splits = std::make_shared<const datasets::ThreadDataset>(datasets::generate_threads(
      {.num_train = 3, .num_dev = 1, .num_test = 1, .min_comments = 3, .max_comments = 9}));
  const auto threads = std::shared_ptr<const std::vector<LabelledThread>>(splits, &splits->train);
  const int num_thread_words = static_cast<int>(splits->vocabulary.size());

  std::vector<ScoredPair> pairs;
  for (const LabelledTree& tree : *trees) {
    LabelledTree sentence = tree;
    for (std::uint32_t& word : sentence.words) word = word == kNoWord ? 3 : word;
    pairs.push_back({sentence, sentence, 2.5f});
  }
  std::vector<RegressionExample> numbers;
  std::vector<SequencePair> translations;
  const auto text = shared(std::vector<std::uint32_t>{0, 1, 4, 2, 2, 3, 1, 0, 4, 1});
  for (std::size_t i = 0; i < 4; ++i) {
    Rng rng(i + 1);
    numbers.push_back({normal_tensor({i + 2, 3}, 1.0f, rng), 0.5f});
    translations.push_back({{0, 5, 2}, {4, 2, 0, 2}});
  }

  const RecurrentEncoderOptions both_ways = {
      .hidden_size = 6, .num_layers = 2, .bidirectional = true};
  std::vector<FreshModel> models;
  models.push_back(fresh(
      asked, "TreeClassifier",
      [](Rng& rng) {
        return TreeClassifier({.num_words = 10, .input_size = 8, .hidden_size = 10}, rng);
      },
      trees));
  for (const SentenceReader reader : {SentenceReader::kTree, SentenceReader::kSequence}) {
    models.push_back(fresh(
        asked, reader == SentenceReader::kTree ? "SimilarityOfTrees" : "SimilarityOfSequences",
        [=](Rng& rng) {
          return Similarity({.num_words = 10,
                             .input_size = 8,
                             .reader = reader,
                             .hidden_size = 10,
                             .encoder = both_ways},
                            rng);
        },
        shared(pairs)));
  }
  for (const RecurrentKind kind :
       {RecurrentKind::kRNN, RecurrentKind::kLSTM, RecurrentKind::kGRU}) {
    constexpr const char* kNames[] = {"RNNClassifier", "LSTMClassifier", "GRUClassifier"};
    RecurrentEncoderOptions encoder = both_ways;
    encoder.kind = kind;
    models.push_back(fresh(
        asked, kNames[static_cast<int>(kind)],
        [=](Rng& rng) {
          return SequenceClassifier(
              {.num_words = 9, .input_size = 8, .num_classes = 3, .encoder = encoder}, rng);
        },
        sequences));
  }
  models.push_back(fresh(
      asked, "SequenceRegressor",
      [=](Rng& rng) { return SequenceRegressor({.input_size = 3, .encoder = both_ways}, rng); },
      shared(std::move(numbers))));
  models.push_back(fresh(
      asked, "EncoderDecoder",
      [=](Rng& rng) {
        return EncoderDecoder({.num_source_words = 6,
                               .num_target_words = 5,
                               .begin_word = 1,
                               .end_word = 3,
                               .input_size = 8,
                               .encoder = both_ways},
                              rng);
      },
      shared(std::move(translations))));
  models.push_back({.name = "LanguageModel", .make = [text]() -> Answer {
                      Rng rng(1);
                      auto model = std::make_shared<LanguageModel>(
                          LanguageModelOptions{.num_words = 5, .input_size = 8}, rng);
                      return [model, text] {
                        return Tensor::from_values({text->size() - 1},
                                                   model->negative_log_likelihoods(*text));
                      };
                    }});
  for (const ThreadStates states : {ThreadStates::kBoth, ThreadStates::kNone}) {
    models.push_back(fresh(
        asked, states == ThreadStates::kBoth ? "ThreadClassifier" : "ThreadClassifierWithoutAGraph",
        [=](Rng& rng) {
          return ThreadClassifier({.num_words = num_thread_words,
                                   .word_size = 8,
                                   .num_classes = 4,
                                   .hidden_size = 6,
                                   .states = states,
                                   .readout = ThreadReadout::kLevels},
                                  rng);
        },
        threads));
  }
  models.push_back(fresh(
      asked, "DocumentHAN",
      [](Rng& rng) {
        return DocumentHAN({.num_words = 9,
                            .word_size = 8,
                            .hidden_size = 6,
                            .attention_size = 5,
                            .num_classes = 3},
                           rng);
      },
      documents));
  models.push_back(fresh(
      asked, "AveragedEmbedding",
      [](Rng& rng) {
        return AveragedEmbedding(
            {.num_words = 9, .word_size = 8, .hidden_size = 6, .num_classes = 3}, rng);
      },
      documents));
  models.push_back(fresh(
      asked, "BagOfWords", [](Rng&) { return BagOfWords({.num_words = 9, .num_classes = 3}); },
      documents));
  return models;
}

class FirstAnswersTest : public testing::TestWithParam<FreshModel> {};
INSTANTIATE_TEST_SUITE_P(Models, FirstAnswersTest,
                         testing::ValuesIn(all_models(Asked::kAllExamples)),
                         [](const auto& info) { return test::name_of(info); });

TEST_P(FirstAnswersTest, AreRightForManyThreads) {
  EXPECT_EQ(test::wrong_first_answers(GetParam(), 8, 25), 0u);
}

// Minutes: for when locks were changed.
TEST_P(FirstAnswersTest, DISABLED_AreRightFor64ThreadsAnd1000Models) {
  EXPECT_EQ(test::wrong_first_answers(GetParam(), 64, 1000), 0u);
}

TEST_P(FirstAnswersTest, AreRightAfterAnAllocationFailed) {
  EXPECT_GT(test::expect_right_answer_after_a_failure(GetParam()), 0u);
}

// A stray batch without examples must not turn every parameter into NaN.
TEST(EmptyBatchTest, HasALossOfNothing) {
  for (const FreshModel& model : all_models(Asked::kNone)) {
    if (model.name == "LanguageModel") continue;  // It was asked for likelihoods.
    EXPECT_EQ(model.make()().data()[0], 0.0f) << model.name;
  }
}

}  // namespace
}  // namespace espalier::models
