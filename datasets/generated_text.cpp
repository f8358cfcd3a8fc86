#include <espalier/datasets/generated_text.h>

#include <array>
#include <span>
#include <string_view>

#include <espalier/base/error.h>
#include <espalier/ops/random.h>

namespace espalier::datasets {
namespace {

enum Number : std::size_t { kSingular, kPlural };

// A word in its two numbers.
using Forms = std::array<std::string_view, 2>;

// No word begins with a vowel, so that "a" need not be "an".
constexpr auto kNouns = std::to_array<Forms>({{"dog", "dogs"},
                                              {"cat", "cats"},
                                              {"boy", "boys"},
                                              {"child", "children"},
                                              {"woman", "women"},
                                              {"fox", "foxes"},
                                              {"mouse", "mice"},
                                              {"painter", "painters"},
                                              {"teacher", "teachers"},
                                              {"bird", "birds"}});
constexpr auto kDeterminers = std::to_array<Forms>(
    {{"the", "the"}, {"a", "some"}, {"this", "these"}, {"that", "those"}, {"my", "my"}});
constexpr auto kAdjectives = std::to_array<std::string_view>(
    {"big", "small", "young", "quiet", "happy", "red", "strange", "clever"});
constexpr auto kIntransitives = std::to_array<Forms>({{"sleeps", "sleep"},
                                                      {"runs", "run"},
                                                      {"is late", "are late"},
                                                      {"has gone", "have gone"},
                                                      {"sings", "sing"},
                                                      {"was here", "were here"}});
constexpr auto kTransitives = std::to_array<Forms>({{"sees", "see"},
                                                    {"chases", "chase"},
                                                    {"likes", "like"},
                                                    {"watches", "watch"},
                                                    {"has met", "have met"},
                                                    {"knows", "know"}});
constexpr auto kSpeech =
    std::to_array<Forms>({{"says", "say"}, {"thinks", "think"}, {"does not say", "do not say"}});

// Draws one sentence. `depth` counts the clauses around, so that recursion ends.
class SentenceWriter {
 public:
  SentenceWriter(int max_depth, Rng rng) : max_depth_(max_depth), rng_(rng) {}

  std::string write() && {
    write_clause(0);
    text_.front() = static_cast<char>(text_.front() - 'a' + 'A');
    return text_ + ".\n";
  }

 private:
  template <class Word>
  const Word& draw(std::span<const Word> words) {
    return words[rng_.below(words.size())];
  }
  template <class Word, std::size_t n>
  const Word& draw(const std::array<Word, n>& words) {
    return draw(std::span<const Word>(words));
  }

  bool may_nest(int depth, float probability) {
    return depth < max_depth_ && rng_.chance(probability);
  }

  // No space after an opening bracket or quote.
  void add(std::string_view word) {
    if (!text_.empty() && !is_opened_) text_ += ' ';
    text_ += word;
    is_opened_ = false;
  }
  void open(std::string_view mark) {
    add(mark);
    is_opened_ = true;
  }

  void write_clause(int depth) {
    const Number number = rng_.chance(0.5f) ? kSingular : kPlural;
    write_noun_phrase(number, depth);
    write_verb_phrase(number, depth);
  }

  void write_noun_phrase(Number number, int depth) {
    add(draw(kDeterminers)[number]);
    if (rng_.chance(0.3f)) add(draw(kAdjectives));
    add(draw(kNouns)[number]);
    if (may_nest(depth, 0.25f)) {
      write_relative_clause(number, depth + 1);
    } else if (may_nest(depth, 0.1f)) {
      const bool is_outer = num_brackets_++ % 2 == 0;
      open(is_outer ? "(" : "[");
      write_clause(depth + 1);
      text_ += is_outer ? ")" : "]";
      --num_brackets_;
    }
  }

  // With its head as subject ("that sees the cat") or as object ("that the cats see").
  void write_relative_clause(Number head, int depth) {
    add("that");
    if (rng_.chance(0.5f)) return write_verb_phrase(head, depth);
    const Number number = rng_.chance(0.5f) ? kSingular : kPlural;
    write_noun_phrase(number, depth);
    add(draw(kTransitives)[number]);
  }

  void write_verb_phrase(Number number, int depth) {
    if (may_nest(depth, 0.2f)) {
      add(draw(kSpeech)[number]);
      const std::string_view quote = num_quotes_++ % 2 == 0 ? "\"" : "'";
      open(quote);
      write_clause(depth + 1);
      text_ += quote;
      --num_quotes_;
    } else if (rng_.chance(0.5f)) {
      add(draw(kIntransitives)[number]);
    } else {
      add(draw(kTransitives)[number]);
      write_noun_phrase(rng_.chance(0.5f) ? kSingular : kPlural, depth);
    }
  }

  int max_depth_;
  Rng rng_;
  std::string text_;
  bool is_opened_ = false;
  int num_brackets_ = 0;  // That are open.
  int num_quotes_ = 0;
};

}  // namespace

std::string generate_text(const GeneratedTextOptions& options) {
  if (options.num_sentences == 0) throw OptionError("num_sentences is 0, expected > 0");
  if (options.max_depth < 0 || options.max_depth > 20) {
    throw OptionError(message("max_depth is ", options.max_depth, ", expected 0 .. 20"));
  }
  const Rng rng(options.seed);
  std::string text;
  for (std::size_t i = 0; i < options.num_sentences; ++i) {
    text += SentenceWriter(options.max_depth, rng.fork(i)).write();
  }
  return text;
}

}  // namespace espalier::datasets
