#include <espalier/data/vocabulary.h>
#include <espalier/datasets/conllu.h>
#include <espalier/datasets/line_reader.h>
#include <espalier/datasets/listops_text.h>
#include <espalier/datasets/polarity.h>
#include <espalier/datasets/reddit.h>
#include <espalier/datasets/reviews.h>
#include <espalier/datasets/sentiment_treebank.h>
#include <espalier/datasets/sick.h>
#include <espalier/datasets/text.h>
#include <espalier/datasets/tokenizer.h>
#include <espalier/datasets/word_vectors.h>
#include <espalier/graph/bracketed_text.h>

#include "tests/fuzz/input_folder.h"
#include "tests/fuzz/targets.h"

namespace espalier::fuzz {
namespace {

void read_lines(std::string_view bytes) {
  answered([&] {
    datasets::LineReader lines(input_file("lines", bytes));
    while (lines.next()) continue;
  });
}

void read_trees(std::string_view bytes) {
  answered([&] {
    const BracketedTree tree = parse_bracketed(bytes, {.source = "<text>"});
    if (parse_bracketed(to_brackets(tree), {}).labels != tree.labels) std::abort();
  });
}

void read_treebank(std::string_view bytes) {
  input_file("train.txt", bytes);
  input_file("dev.txt", "(3 Good)\n");
  input_file("test.txt", "(1 Bad)\n");
  for (const auto classes :
       {datasets::SentimentClasses::kFine, datasets::SentimentClasses::kBinary}) {
    answered([&] { datasets::load_sentiment_treebank(input_folder().path(), classes); });
  }
}

void read_listops(std::string_view bytes) {
  answered([&] { datasets::load_listops(input_file("listops", bytes)); });
  answered([&] { datasets::parse_listops(bytes, {.source = "<text>"}); });
}

void read_conllu(std::string_view bytes) {
  answered([&] {
    datasets::ConlluVocabularies vocabularies;
    datasets::load_conllu(input_file("conllu", bytes), vocabularies);
  });
}

// The dependency and the constituency parse of one sentence of each pair; the rest is as it was.
void read_sick(std::string_view bytes) {
  const auto write_part = [](const std::string& part, std::string_view score,
                             std::string_view words, std::string_view heads,
                             std::string_view relations, std::string_view phrases) {
    std::filesystem::create_directory(input_folder().path() / part);
    input_file(part + "/sim.txt", score);
    for (const std::string side : {"/a.", "/b."}) {
      input_file(part + side + "toks", words);
      input_file(part + side + "parents", heads);
      input_file(part + side + "rels", relations);
      input_file(part + side + "cparents", phrases);
    }
  };
  static const bool is_written = [&] {
    for (const char* const part : {"dev", "test"}) {
      write_part(part, "3.5\n", "A man runs\n", "2 3 0\n", "det nsubj root\n", "4 4 5 5 0\n");
    }
    return true;
  }();
  if (!is_written) return;
  const std::string_view score = next_file(bytes), words = next_file(bytes),
                         heads = next_file(bytes), relations = next_file(bytes);
  write_part("train", score, words, heads, relations, next_file(bytes));
  for (const auto parses :
       {datasets::SickParses::kDependency, datasets::SickParses::kConstituency}) {
    answered([&] { datasets::load_sick(input_folder().path(), parses); });
  }
}

void read_reviews(std::string_view bytes) {
  input_file("train.tsv.gz", bytes);
  input_file("test.tsv.gz", "a\t1\t8\ttt\tOk.\n");
  answered([] { datasets::load_reviews(input_folder().path()); });
}

void read_polarity(std::string_view bytes) {
  input_file("polarity.txt.gz", bytes);
  answered([] { datasets::load_polarity_reviews(input_folder().path()); });
}

void read_reddit(std::string_view bytes) {
  const std::filesystem::path file = input_file("reddit", bytes);
  for (const bool lenient : {false, true}) {
    answered([&] {
      datasets::RedditReader reader(file, {.interleaved = lenient, .skip_damaged = lenient});
      while (const auto thread = reader.next()) {
        const auto treatment = lenient ? ReplyTreatment::kDrop : ReplyTreatment::kError;
        ReplyGraph(thread->replies(),
                   {.orphans = treatment, .duplicates = treatment, .early_replies = treatment},
                   thread->id);
      }
    });
  }
}

void read_word_vectors(std::string_view bytes) {
  static const Vocabulary vocabulary = [] {
    Vocabulary words;
    for (const char* word : {"a", "fine", "-LRB-", "1 000"}) words.add(word);
    return words;
  }();
  answered([&] { datasets::load_word_vectors(input_file("vectors", bytes), vocabulary); });
}

void read_text(std::string_view bytes) {
  answered([&] { datasets::load_text(input_file("text", bytes)); });
}

void read_sentences(std::string_view bytes) {
  for (const datasets::Sentence& sentence : datasets::sentences_of(bytes)) {
    if (sentence.empty()) std::abort();
  }
}

}  // namespace

std::vector<Target> reader_targets() {
  return {{"lines", read_lines},       {"trees", read_trees},
          {"treebank", read_treebank}, {"listops", read_listops},
          {"conllu", read_conllu},     {"sick", read_sick},
          {"reviews", read_reviews},   {"polarity", read_polarity},
          {"reddit", read_reddit},     {"word_vectors", read_word_vectors},
          {"text", read_text},         {"sentences", read_sentences}};
}

}  // namespace espalier::fuzz
