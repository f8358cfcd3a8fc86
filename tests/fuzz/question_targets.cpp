#include <sstream>
#include <string>

#include <espalier/apps/systems/documents.h>
#include <espalier/apps/systems/sentence_pair.h>
#include <espalier/apps/systems/step_sequence.h>
#include <espalier/apps/systems/threads.h>
#include <espalier/apps/systems/tree_reader.h>
#include <espalier/datasets/line_reader.h>
#include <espalier/datasets/listops.h>

#include "tests/fuzz/input_folder.h"
#include "tests/fuzz/targets.h"

namespace espalier::fuzz {
namespace {

// Reads questions until there is none, or one is refused.
template <class Read>
void ask(std::string_view bytes, const Read& read) {
  answered([&] {
    std::istringstream in{std::string(bytes)};
    datasets::LineReader lines(in, "<questions>");
    while (read(lines)) continue;
  });
}

void ask_threads(std::string_view bytes) {
  const Vocabulary vocabulary;
  ask(bytes, [&](auto& lines) { return apps::read_thread(lines, 1, vocabulary).has_value(); });
}

void ask_pairs(std::string_view bytes) {
  const Vocabulary vocabulary;
  ask(bytes, [&](auto& lines) {
    return apps::read_pair(lines, vocabulary, models::SentenceReader::kSequence).has_value();
  });
}

void ask_steps(std::string_view bytes) {
  ask(bytes, [](auto& lines) { return apps::read_steps(lines, 2).has_value(); });
}

void ask_trees(std::string_view bytes) {
  const Vocabulary vocabulary = datasets::listops_vocabulary();
  for (const auto format : {apps::TreeFormat::kBracketed, apps::TreeFormat::kListOps}) {
    ask(bytes, [&](auto& lines) {
      return apps::TreeReader(lines, format, vocabulary).next().has_value();
    });
  }
}

void ask_documents(std::string_view bytes) {
  const Vocabulary vocabulary;
  for (const apps::ReadDocument read :
       {apps::read_plain_document, apps::read_marked_document, apps::read_symbols}) {
    ask(bytes, [&](auto& lines) { return read(lines, vocabulary).has_value(); });
  }
}

}  // namespace

std::vector<Target> question_targets() {
  return {{"ask_threads", ask_threads},
          {"ask_pairs", ask_pairs},
          {"ask_steps", ask_steps},
          {"ask_trees", ask_trees},
          {"ask_documents", ask_documents}};
}

}  // namespace espalier::fuzz
