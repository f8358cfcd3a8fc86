#include <espalier/datasets/tokenizer.h>

#include <array>
#include <chrono>

#include <gtest/gtest.h>

#include <espalier/datasets/internal/fields.h>
#include <espalier/ops/random.h>

namespace espalier::datasets {
namespace {

// Words separated by spaces, sentences by " | ".
std::string cut(std::string_view text) {
  std::string result;
  for (const Sentence& sentence : sentences_of(text)) {
    if (!result.empty()) result += " | ";
    for (std::size_t i = 0; i < sentence.size(); ++i) result += (i == 0 ? "" : " ") + sentence[i];
  }
  return result;
}

TEST(TokenizerTest, CutsAtFullStopsAndOtherEnds) {
  EXPECT_EQ(cut("It is bad. Very bad! Why? I know."),
            "it is bad . | very bad ! | why ? | i know .");
  EXPECT_EQ(cut("no end"), "no end");
  EXPECT_EQ(cut("it was ok. not more"), "it was ok . | not more");
  EXPECT_EQ(cut(""), "");
  EXPECT_EQ(cut(" \t\n "), "");
}

TEST(TokenizerTest, KeepsRunsOfEndsTogether) {
  EXPECT_EQ(cut("What?! No!!! Go."), "what ?! | no !!! | go .");
  EXPECT_EQ(cut("Bad . . . really. ! Go"), "bad . . . | really . ! | go");
}

TEST(TokenizerTest, EndsASentenceAtAnEllipsisOnlyBeforeAnUpperCaseWord) {
  EXPECT_EQ(cut("I was ... amazed... Then it ended..."),
            "i was ... amazed ... | then it ended ...");
  EXPECT_EQ(cut("well...it was....The end"), "well ... it was .... | the end");
  EXPECT_EQ(cut("he was\xE2\x80\xA6 there\xE2\x80\xA6 Then"),
            "he was \xE2\x80\xA6 there \xE2\x80\xA6 | then");
  EXPECT_EQ(cut("he was... \"Then"), "he was ... | \" then");
  EXPECT_EQ(cut("...And so on. ... And"), "... and so on . ... | and");
}

TEST(TokenizerTest, CutsWhereASpaceIsMissing) {
  EXPECT_EQ(cut("The end.Next it went on!so it did?yes"),
            "the end . | next it went on ! | so it did ? | yes");
  EXPECT_EQ(cut("see imdb.com for it"), "see imdb . com for it");
}

TEST(TokenizerTest, KeepsClosingQuotesAndBracketsInTheirSentence) {
  EXPECT_EQ(cut("He said \"no.\" Then (he left.) Now \"Go.\""),
            "he said \" no . \" | then ( he left . ) | now \" go . \"");
  EXPECT_EQ(cut("It ended. (Or not.)"), "it ended . | ( or not . )");
  EXPECT_EQ(cut("It ended. \"Good.\""), "it ended . | \" good . \"");
}

TEST(TokenizerTest, KeepsAbbreviationsAndInitials) {
  EXPECT_EQ(cut("Mr. Smith met Dr. No vs. St.Paul."), "mr. smith met dr. no vs. st. paul .");
  EXPECT_EQ(cut("In the U.S. Army, e.g. at 5 p.m. sharp."),
            "in the u.s. army , e.g. at 5 p.m. sharp .");
  EXPECT_EQ(cut("J. R. R. Tolkien, D.W.Griffith, A.I and S. King."),
            "j. r. r. tolkien , d.w. griffith , a.i and s. king .");
  EXPECT_EQ(cut("So do I. The end. Plan B... Go."), "so do i . | the end . | plan b ... | go .");
  EXPECT_EQ(cut("in the U.S.!"), "in the u.s .!");
}

TEST(TokenizerTest, EndsASentenceAfterEtcBeforeAnUpperCaseWord) {
  EXPECT_EQ(cut("Cars, etc. are here, etc. They go (etc.) by. etc..."),
            "cars , etc. are here , etc. | they go ( etc. ) by . | etc ...");
}

TEST(TokenizerTest, KeepsNumbersWhole) {
  EXPECT_EQ(cut("It cost $3.50, i.e. 1,000 at 10:30; 7.5/10."),
            "it cost $ 3.50 , i.e. 1,000 at 10:30 ; 7.5/10 .");
  EXPECT_EQ(cut("a .5 share in 1999. The"), "a .5 share in 1999 . | the");
  EXPECT_EQ(cut("(.45) 3. 4"), "( .45 ) 3 . | 4");
}

TEST(TokenizerTest, SplitsContractions) {
  EXPECT_EQ(cut("I don't, can't, WON'T; it's we'll they've you're I'd I'm"),
            "i do n't , ca n't , wo n't ; it 's we 'll they 've you 're i 'd i 'm");
  EXPECT_EQ(cut("shouldn't've o'clock O'Brien's actors' 'tis 'quoted' rock'n'roll"),
            "should n't 've o'clock o'brien 's actors ' ' tis ' quoted ' rock'n'roll");
  EXPECT_EQ(cut("Don\xE2\x80\x99t it\xE2\x80\x99s"), "do n\xE2\x80\x99t it \xE2\x80\x99s");
  EXPECT_EQ(cut("n't 's t't"), "n't ' s t't");
}

TEST(TokenizerTest, KeepsHyphenatedWordsAndCutsMarks) {
  EXPECT_EQ(cut("a well-made film -- no, really - 10-year-old's *** R&B (ok)"),
            "a well-made film -- no , really - 10-year-old 's *** r & b ( ok )");
  EXPECT_EQ(
      cut("caf\xC3\xA9 na\xC3\xAFve \xC2\xA3"
          "5 one\xE2\x80\x93two \xE2\x80\x9Chi\xE2\x80\x9D"),
      "caf\xC3\xA9 na\xC3\xAFve \xC2\xA3 5 one \xE2\x80\x93 two \xE2\x80\x9C hi \xE2\x80\x9D");
}

TEST(TokenizerTest, TakesLineBreaksForEndsOfSentences) {
  EXPECT_EQ(cut("one<br />two<br /><br />three<BR>four<br/>five"),
            "one | two | three | four | five");
  EXPECT_EQ(cut("It ended.<br />\"So."), "it ended . | \" so .");
  EXPECT_EQ(cut("<i>a</i> <br <bride>"), "< i > a < / i > < br < bride >");
  EXPECT_EQ(cut("one\ntwo\r\nthree"), "one two three");
}

TEST(TokenizerTest, ReadsC1ControlsAsWindows1252) {
  EXPECT_EQ(cut("so\xC2\x96no \xC2\x93hi\xC2\x94 wait\xC2\x85 it\xC2\x92s \xC2\x80"
                "5"),
            "so \xE2\x80\x93 no \xE2\x80\x9C hi \xE2\x80\x9D wait \xE2\x80\xA6 it \xE2\x80\x99s "
            "\xE2\x82\xAC 5");
  EXPECT_EQ(cut("a\xC2\x81"
                "b\x01"
                "c\x7F"
                "d\xC2\xA0"
                "e\xE2\x80\xA8"
                "f"),
            "a b c d e f");
}

// Written plainly: what must be left of a text once it is cut.
std::string letters_of(const std::string& text) {
  constexpr std::array<std::string_view, 32> kWindows1252 = {
      "€", "",  "‚", "ƒ", "„", "…", "†", "‡", "ˆ", "‰", "Š", "‹", "Œ", "", "Ž", "",
      "",  "‘", "’", "“", "”", "•", "–", "—", "˜", "™", "š", "›", "œ", "", "ž", "Ÿ"};
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto next = static_cast<unsigned char>(i + 1 < text.size() ? text[i + 1] : 0);
    if (text.compare(i, 6, "<br />") == 0) {
      i += 5;
    } else if (text.compare(i, 4, "<br>") == 0) {
      i += 3;
    } else if (byte == 0xC2 && next >= 0x80 && next <= 0xA0) {
      if (next < 0xA0) result += kWindows1252[next - 0x80u];
      ++i;
    } else if (byte > 0x20 && byte != 0x7F) {
      result += text[i];
    }
  }
  return lower_case(result);
}

std::string join(const std::vector<Sentence>& sentences) {
  std::string result;
  for (const Sentence& sentence : sentences) {
    EXPECT_FALSE(sentence.empty());
    for (const std::string& word : sentence) {
      EXPECT_FALSE(word.empty());
      result += word;
    }
  }
  return result;
}

TEST(TokenizerTest, LosesNothingButSpaceAndMarkup) {
  constexpr auto kPieces = std::to_array<std::string_view>(
      {"a",    "n't", "U.S.", "Mr.", "etc.", ".",        "...",  "?!",       "'",    "\xE2\x80\x99",
       "s",    "ll",  "I",    "J.",  "5",    "3.5",      ",",    "/",        "-",    "--",
       "\"",   ")",   "(",    " ",   " ",    "<br />",   "<br>", "\xC2\x85", "\n",   "\xC2\x9D",
       "Word", "n",   "t",    "<b",  "é",    "\xC2\xA0", "…",    "😀",        "\x01", "\xC2\x92"});
  Rng rng(3);
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (std::uint64_t n = rng.below(12); n > 0; --n) text += kPieces[rng.below(kPieces.size())];
    ASSERT_EQ(join(sentences_of(text)), letters_of(text)) << text;
  }
}

TEST(TokenizerTest, LosesNothingOfBytesThatAreNoUtf8) {
  Rng rng(4);
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (std::uint64_t n = rng.below(12); n > 0; --n) {
      text += static_cast<char>(rng.chance(0.5f) ? 0xC0 + rng.below(64) : 0x21 + rng.below(94));
    }
    ASSERT_EQ(join(sentences_of(text)), lower_case(text)) << text;
  }
}

// Each of these would take minutes if a character's work grew with the text before or after it.
TEST(TokenizerTest, TakesLinearTime) {
  for (const std::string_view piece :
       {".", "a.", "a'", "n't", "'s", "-", "<br", "<br />", "\xE2\x80", "\xE2\x80\xA6", "5.", "a-",
        "\"", "Mr.", "5/5", "U.S. "}) {
    std::string text;
    for (int i = 0; i < 300'000; ++i) text += piece;
    const auto begin = std::chrono::steady_clock::now();
    sentences_of(text);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5)) << piece;
  }
}

}  // namespace
}  // namespace espalier::datasets
