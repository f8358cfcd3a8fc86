#include <espalier/datasets/tokenizer.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include <espalier/datasets/characters.h>
#include <espalier/datasets/internal/fields.h>

namespace espalier::datasets {
namespace {

// What a line break is in cleaned text; line feeds of the text itself are spaces there.
constexpr char kBreak = '\n';

constexpr std::string_view kApostrophe = "\xE2\x80\x99";  // U+2019.
constexpr std::string_view kEllipsis = "\xE2\x80\xA6";    // U+2026.

// Abbreviations in whose midst no sentence ends, since a name follows. Sorted.
constexpr auto kTitles = std::to_array<std::string_view>(
    {"adm", "brig", "capt", "cmdr",   "col",  "dr",  "fr", "gen", "gov",
     "hon", "lt",   "maj",  "messrs", "mlle", "mme", "mr", "mrs", "ms",
     "mt",  "ph",   "prof", "rev",    "sen",  "sgt", "st", "vs"});

// Abbreviations after which a sentence may end. Sorted.
constexpr auto kOthers =
    std::to_array<std::string_view>({"approx", "ave", "blvd", "bros", "corp", "dept", "ep", "etc",
                                     "ft", "inc", "jr", "ltd", "pt", "sr", "vol"});

static_assert(std::ranges::is_sorted(kTitles) && std::ranges::is_sorted(kOthers));

// What follows the apostrophe.
constexpr auto kContractions = std::to_array<std::string_view>({"s", "m", "d", "ll", "re", "ve"});

// Windows-1252 from 0x80 on, as Unicode has it; 0 where it has no character.
constexpr std::array<char32_t, 32> kWindows1252 = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_letter(char c) { return is_upper(c) || is_lower(c); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_space(char32_t c) {
  return c <= 0x20 || c == 0x7F || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) ||
         c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

// Of characters that are no space.
bool is_word_character(char32_t c) {
  if (c < 0x80) return is_letter(static_cast<char>(c)) || is_digit(static_cast<char>(c));
  if (c <= 0xBF) return c == 0xAA || c == 0xB5 || c == 0xBA;  // The letters among Latin-1's signs.
  return c != 0xD7 && c != 0xF7 && !(c >= 0x2010 && c <= 0x205E) && !(c >= 0x20A0 && c <= 0x2BFF) &&
         !(c >= 0x3001 && c <= 0x3003) && !(c >= 0x3008 && c <= 0x3011);
}

// The bytes of the tag <br> that `text` begins with; 0 if it begins with none.
std::size_t break_length(std::string_view text) {
  if (text.size() < 4 || text[0] != '<' || (text[1] | 0x20) != 'b' || (text[2] | 0x20) != 'r') {
    return 0;
  }
  std::size_t i = 3;
  if (text[i] == ' ') ++i;
  if (i < text.size() && text[i] == '/') ++i;
  return i < text.size() && text[i] == '>' ? i + 1 : 0;
}

// The text with one space for each white-space or control character and kBreak for each <br>.
std::string cleaned(std::string_view text) {
  std::string clean;
  clean.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    if (const std::size_t length = break_length(text.substr(i)); length > 0) {
      clean += kBreak;
      i += length;
      continue;
    }
    const Character c = first_character(text.substr(i));
    i += c.bytes.size();
    const bool is_c1 = c.code >= 0x80 && c.code <= 0x9F && c.bytes.size() == 2;
    if (is_c1 && kWindows1252[c.code - 0x80] != 0) {
      append_utf8(kWindows1252[c.code - 0x80], clean);
    } else if (is_c1 || (c.is_valid && is_space(c.code))) {
      clean += ' ';
    } else {
      clean += c.bytes;
    }
  }
  return clean;
}

// Cuts cleaned text from left to right.
class Tokenizer {
 public:
  explicit Tokenizer(std::string_view text) : text_(text) {}

  std::vector<Sentence> run() && {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == kBreak) end_sentence();
      if (c == kBreak || c == ' ') {
        ++at_;
        follows_space_ = true;
        continue;
      }
      if (is_terminator(at_) && !begins_decimal()) {
        read_terminators();
      } else if (begins_word(at_) || begins_decimal()) {
        read_word();
      } else {
        read_marks();
      }
      follows_space_ = false;
    }
    end_sentence();
    return std::move(sentences_);
  }

 private:
  // Whether the sentence ends before the next word.
  enum class End { kNo, kIfUpperCase, kYes };

  char byte(std::size_t i) const { return i < text_.size() ? text_[i] : ' '; }
  Character character(std::size_t i) const { return first_character(text_.substr(i)); }

  bool begins_word(std::size_t i) const {
    if (i >= text_.size()) return false;
    const Character c = character(i);
    return !c.is_valid || is_word_character(c.code);
  }

  std::size_t apostrophe_length(std::size_t i) const {
    if (byte(i) == '\'') return 1;
    return text_.substr(i).starts_with(kApostrophe) ? kApostrophe.size() : 0;
  }

  // The bytes of the . ! ? or U+2026 at `i`; 0 if there is none.
  std::size_t terminator_length(std::size_t i) const {
    const char c = byte(i);
    if (c == '.' || c == '!' || c == '?') return 1;
    return i < text_.size() && text_.substr(i).starts_with(kEllipsis) ? kEllipsis.size() : 0;
  }
  bool is_terminator(std::size_t i) const { return terminator_length(i) > 0; }

  // ".5", where no word stands directly before it.
  bool begins_decimal() const {
    const bool is_free = at_ == 0 || !begins_word(at_ - 1);
    return byte(at_) == '.' && is_digit(byte(at_ + 1)) && is_free;
  }

  // "..." and "?!" as well as "."; stays in the sentence that it ends.
  void read_terminators() {
    std::size_t end = at_;
    bool is_pause = true;  // Nothing but dots, two or more.
    for (std::size_t length; (length = terminator_length(end)) > 0; end += length) {
      is_pause = is_pause && byte(end) != '!' && byte(end) != '?';
    }
    const bool is_full_stop = end == at_ + 1 && byte(at_) == '.';
    const bool is_within_word = is_lower(byte(end)) || is_digit(byte(end));
    End ends = End::kYes;
    if (is_full_stop && is_within_word) ends = End::kNo;
    if (is_pause && !is_full_stop) ends = End::kIfUpperCase;
    if (!sentence_.empty()) end_ = std::max(end_, ends);  // "...and so on" goes with what follows.
    append(end);
  }

  // A run of one mark.
  void read_marks() {
    const std::string_view mark = character(at_).bytes;
    std::size_t end = at_ + mark.size();
    while (text_.substr(end).starts_with(mark)) end += mark.size();
    constexpr auto kClosing = std::to_array<std::string_view>(
        {")", "]", "}", "\"", "'", "\xE2\x80\x99", "\xE2\x80\x9D", "\xC2\xBB"});
    const bool is_closing = !follows_space_ && std::ranges::find(kClosing, mark) != kClosing.end();
    if (!is_closing) end_sentence_before(byte(end));
    append(end);
  }

  void read_word() {
    end_sentence_before(byte(at_));
    end_ = End::kNo;
    if (const std::size_t end = end_of_initials(); end > at_) return append(end);

    const std::size_t end = end_of_word();
    if (byte(end) == '.' && !is_terminator(end + 1)) {
      const std::string word = lower_case(std::string(text_.substr(at_, end - at_)));
      const bool is_title = std::ranges::binary_search(kTitles, word);
      if (is_title || std::ranges::binary_search(kOthers, word)) {
        append(end + 1);
        if (!is_title) end_ = End::kIfUpperCase;
        return;
      }
    }
    append_parts(end);
  }

  // Where "J." or "U.S." or "e.g." ends; at_ if none begins there. A lone "I." is a word.
  std::size_t end_of_initials() const {
    std::size_t i = at_;
    while (is_letter(byte(i)) && byte(i + 1) == '.') i += 2;
    const std::size_t num_letters = (i - at_) / 2;
    if (num_letters == 0) return at_;
    if (is_terminator(i)) {  // "Plan B..." and "U.S...": the run of dots is a word of its own.
      return num_letters == 1 ? at_ : i - 1;
    }
    if (is_letter(byte(i)) && !begins_word(i + 1) && apostrophe_length(i + 1) == 0) return i + 1;
    if (num_letters > 1) return i;
    return is_upper(byte(at_)) && byte(at_) != 'I' ? i : at_;
  }

  std::size_t end_of_word() const {
    std::size_t i = at_;
    if (byte(i) == '.') ++i;
    while (true) {
      while (begins_word(i)) i += character(i).bytes.size();
      const char joint = byte(i);
      const bool may_join_digits = joint == '.' || joint == ',' || joint == ':' || joint == '/';
      const bool joins =
          joint == '-' || (may_join_digits && is_digit(byte(i - 1)) && is_digit(byte(i + 1)));
      const std::size_t length = joins ? 1 : apostrophe_length(i);
      if (length == 0 || !begins_word(i + length)) return i;
      i += length;
    }
  }

  // The word up to `end`, with the ends of contractions cut off.
  void append_parts(std::size_t end) {
    const std::string word = lower_case(std::string(text_.substr(at_, end - at_)));
    std::vector<std::size_t> cuts;  // Backwards.
    std::string_view rest = word;
    while (const std::size_t length = contraction_length(rest)) {
      rest.remove_suffix(length);
      cuts.push_back(at_ + rest.size());
    }
    for (; !cuts.empty(); cuts.pop_back()) append(cuts.back());
    append(end);
  }

  // The bytes of the "'s" or "n't" that ends a lower-case word; 0 if it is no contraction.
  static std::size_t contraction_length(std::string_view word) {
    constexpr std::size_t kLongest = 2 + kApostrophe.size();
    const std::size_t begin = word.size() - std::min(word.size(), kLongest);
    const std::string_view tail = word.substr(begin);
    std::size_t at = tail.rfind('\'');
    std::size_t length = 1;
    if (at == std::string_view::npos) {
      at = tail.rfind(kApostrophe);
      length = kApostrophe.size();
    }
    if (at == std::string_view::npos || begin + at == 0) return 0;
    const std::string_view ending = tail.substr(at + length);
    if (ending == "t" && word[begin + at - 1] == 'n') {
      return begin + at > 1 ? tail.size() - at + 1 : 0;
    }
    const bool is_known = std::ranges::find(kContractions, ending) != kContractions.end();
    return is_known ? tail.size() - at : 0;
  }

  // The text up to `end` as the next word of the sentence.
  void append(std::size_t end) {
    sentence_.push_back(lower_case(std::string(text_.substr(at_, end - at_))));
    at_ = end;
  }

  // Before a word that begins with `first`, or a mark that such a word follows.
  void end_sentence_before(char first) {
    if (end_ == End::kYes || (end_ == End::kIfUpperCase && is_upper(first))) end_sentence();
  }

  void end_sentence() {
    end_ = End::kNo;
    if (sentence_.empty()) return;
    sentences_.push_back(std::move(sentence_));
    sentence_.clear();
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool follows_space_ = true;
  End end_ = End::kNo;
  Sentence sentence_;
  std::vector<Sentence> sentences_;
};

}  // namespace

std::vector<Sentence> sentences_of(std::string_view text) { return Tokenizer(cleaned(text)).run(); }

}  // namespace espalier::datasets
