#include <espalier/datasets/line_reader.h>

#include <vector>

#include <gtest/gtest.h>

#include "tests/datasets/files.h"
#include "tests/support/errors.h"

namespace espalier::datasets {
namespace {

using test::error_of;
using Lines = std::vector<std::string>;

class LineReaderTest : public testing::Test {
 protected:
  Lines lines_of(std::string_view bytes) const {
    LineReader reader(folder_.write("file", bytes));
    Lines lines;
    while (const auto line = reader.next()) {
      lines.emplace_back(*line);
      EXPECT_EQ(reader.line_number(), lines.size());
    }
    return lines;
  }

  std::string error_in(std::string_view bytes) const {
    return error_of<ParseError>([&] { lines_of(bytes); });
  }

  test::TemporaryFolder folder_;
  const std::string file_ = (folder_.path() / "file").string();
};

TEST_F(LineReaderTest, ReadsStreamsAsItReadsFiles) {
  for (const std::string& bytes :
       {std::string("a\r\nb"), test::gzip("a\nb\n"), test::zstd("a\nb\n")}) {
    std::istringstream in(bytes);
    LineReader reader(in, "<text>");
    EXPECT_EQ(reader.next(), "a");
    EXPECT_EQ(reader.next(), "b");
    EXPECT_EQ(reader.where(2).source, "<text>");
    EXPECT_EQ(reader.next(), std::nullopt);
  }
}

// What is asked at a terminal is answered before the next question.
TEST_F(LineReaderTest, TakesNoMoreOfAStreamThanALine) {
  std::istringstream in("a\nbc\nd");
  LineReader reader(in, "<text>");
  EXPECT_EQ(reader.next(), "a");
  EXPECT_EQ(in.peek(), 'b');
  EXPECT_EQ(reader.next(), "bc");
  EXPECT_EQ(in.peek(), 'd');
  EXPECT_EQ(reader.next(), "d");
  EXPECT_EQ(reader.next(), std::nullopt);
  EXPECT_EQ(reader.next(), std::nullopt);
}

TEST_F(LineReaderTest, SplitsAtLineFeedsWithOrWithoutCarriageReturns) {
  EXPECT_EQ(lines_of(""), Lines{});
  EXPECT_EQ(lines_of("a"), Lines{"a"});
  EXPECT_EQ(lines_of("a\n"), Lines{"a"});
  EXPECT_EQ(lines_of("a\r\n\nb c\n"), (Lines{"a", "", "b c"}));
  EXPECT_EQ(lines_of("a\rb\n"), Lines{"a\rb"});
  EXPECT_EQ(lines_of("\xC2\xA0\n"), Lines{"\xC2\xA0"});
}

TEST_F(LineReaderTest, SkipsAByteOrderMark) {
  EXPECT_EQ(lines_of("\xEF\xBB\xBF"
                     "a\n\xEF\xBB\xBF"
                     "b"),
            (Lines{"a",
                   "\xEF\xBB\xBF"
                   "b"}));
}

TEST_F(LineReaderTest, ReadsGzipWhateverTheFileIsCalled) {
  EXPECT_EQ(lines_of(test::gzip("a\nb\n")), (Lines{"a", "b"}));
  EXPECT_EQ(lines_of(test::gzip("")), Lines{});
  EXPECT_EQ(lines_of(test::gzip("a\n") + test::gzip("b\n")), (Lines{"a", "b"}));
}

TEST_F(LineReaderTest, ReadsZstdWhateverTheFileIsCalled) {
  EXPECT_EQ(lines_of(test::zstd("a\nb\n")), (Lines{"a", "b"}));
  EXPECT_EQ(lines_of(test::zstd("")), Lines{});
  EXPECT_EQ(lines_of(test::zstd("a\n") + test::zstd("b\n")), (Lines{"a", "b"}));
}

// As the dumps of Reddit have them; Boost's filter refuses more than 2^27 bytes.
TEST_F(LineReaderTest, ReadsZstdWithTheLargestWindow) {
  // A frame whose header asks for a window of 2^31 bytes, with one raw block, the last: "a\n".
  const std::string bytes(
      "\x28\xB5\x2F\xFD\x00\xA8\x11\x00\x00"
      "a\n",
      11);
  EXPECT_EQ(lines_of(bytes), Lines{"a"});
}

TEST_F(LineReaderTest, ReadsLinesLongerThanAnyBuffer) {
  const std::string line(3'000'000, 'x');
  const std::string bytes = "a\n" + line + "\ny";
  EXPECT_EQ(lines_of(bytes), (Lines{"a", line, "y"}));
  EXPECT_EQ(lines_of(test::gzip(bytes)), (Lines{"a", line, "y"}));
  EXPECT_EQ(lines_of(test::zstd(bytes)), (Lines{"a", line, "y"}));
  std::istringstream in(bytes);
  LineReader reader(in, "<text>");
  EXPECT_EQ(reader.next(), "a");
  EXPECT_EQ(reader.next(), line);
  EXPECT_EQ(reader.next(), "y");
}

// Wherever a line lies about the ends of the blocks that are read.
TEST_F(LineReaderTest, ReadsManyLines) {
  std::string bytes;
  Lines lines;
  for (std::size_t i = 0; i < 20'000; ++i) {
    lines.push_back(std::string(i * i % 97, static_cast<char>('a' + i % 26)));
    bytes += lines.back() + (i % 3 == 0 ? "\r\n" : "\n");
  }
  EXPECT_EQ(lines_of(bytes), lines);
  EXPECT_EQ(lines_of(test::gzip(bytes)), lines);
  EXPECT_EQ(lines_of(test::zstd(bytes)), lines);
}

// As tapes and block devices leave it.
TEST_F(LineReaderTest, ReadsGzipThatIsPaddedWithZeros) {
  const std::string zeros(1000, '\0');
  EXPECT_EQ(lines_of(test::gzip("a\n") + zeros), Lines{"a"});
  EXPECT_TRUE(error_in(test::gzip("a\n") + zeros + "b").ends_with("damaged or cut off"));
}

// pzstd begins with a skippable frame.
TEST_F(LineReaderTest, ReadsZstdBehindSkippableFrames) {
  for (const char first : {'\x50', '\x57', '\x5F'}) {
    const std::string frame = std::string(1, first) + std::string("\x2A\x4D\x18\x02\0\0\0xy", 9);
    EXPECT_EQ(lines_of(frame + test::zstd("a\n") + frame + test::zstd("b\n")), (Lines{"a", "b"}));
  }
  EXPECT_EQ(lines_of("P*\nPK\n"), (Lines{"P*", "PK"}));
}

TEST_F(LineReaderTest, ReadsXzAndBzip2) {
  for (const std::string& whole : {test::xz_of_a_and_b(), test::bzip2_of_a_and_b()}) {
    EXPECT_EQ(lines_of(whole), (Lines{"a", "b"}));
    EXPECT_EQ(lines_of(whole + whole), (Lines{"a", "b", "a", "b"}));
    for (std::size_t size = 5; size < whole.size(); ++size) {
      const std::string error = error_in(whole.substr(0, size));
      EXPECT_TRUE(error.ends_with(" data is damaged or cut off")) << size << error;
    }
  }
  EXPECT_EQ(lines_of("BZh9\n"), Lines{"BZh9"});
}

TEST_F(LineReaderTest, SaysThatAZipIsOne) {
  for (const std::string begin : {"PK\x03\x04", "PK\x05\x06"}) {
    EXPECT_TRUE(error_in(begin + "abc").starts_with(file_ + ": a zip archive, expected a text"));
  }
}

// Nobody wrote a line of 64 MiB.
TEST_F(LineReaderTest, RefusesLinesThatAreTooLong) {
  const std::string line(LineReader::kMaxLine + 1, 'x');
  EXPECT_EQ(error_in(line),
            file_ + ":1:1: a line of more than 67108864 bytes, expected shorter ones");
  std::istringstream in("abc\nabcd\na");
  LineReader reader(in, "<text>", /*max_line=*/3);
  EXPECT_EQ(reader.next(), "abc");
  EXPECT_THROW(reader.next(), ParseError);
  EXPECT_EQ(reader.next(), std::nullopt);
}

TEST_F(LineReaderTest, RefusesFewBytesThatStandForManyMore) {
  std::string lines;
  for (int i = 0; i < (1 << 17); ++i) lines += std::string(511, 'x') + '\n';  // 64 MiB.
  const std::string error = error_in(test::zstd(lines + lines));
  EXPECT_TRUE(error.ends_with(
      ": the zstd data stands for more than 256 times as many bytes, expected a text"))
      << error;
}

TEST_F(LineReaderTest, GoesOnPastBytesThatAreNoUtf8) {
  LineReader reader(folder_.write("file", "a\n\xFF\nb\n"));
  EXPECT_EQ(reader.next(), "a");
  EXPECT_THROW(reader.next(), ParseError);
  EXPECT_EQ(reader.next(), "b");
}

TEST_F(LineReaderTest, GivesBytesThatAreNoUtf8IfAsked) {
  LineReader reader(folder_.write("file", "\xFF\r\nb"));
  EXPECT_EQ(reader.next_bytes(), "\xFF");
  EXPECT_EQ(reader.next_bytes(), "b");
  EXPECT_EQ(reader.next_bytes(), std::nullopt);
}

TEST_F(LineReaderTest, TakesOneByteOfTheMagicForText) {
  EXPECT_EQ(lines_of("\x1F"), Lines{"\x1F"});
  EXPECT_EQ(lines_of("\x1F"
                     "a\n"),
            Lines{"\x1F"
                  "a"});
  EXPECT_EQ(lines_of("("), Lines{"("});
  EXPECT_EQ(lines_of("(a\n"), Lines{"(a"});
}

TEST_F(LineReaderTest, NamesTheByteThatIsNotUtf8) {
  EXPECT_EQ(error_in("good\nba\xFF"
                     "d\n"),
            file_ + ":2:3: byte 0xff is not valid UTF-8");
  EXPECT_EQ(error_in(test::gzip("\xC2\n")), file_ + ":1:1: byte 0xc2 is not valid UTF-8");
}

TEST_F(LineReaderTest, RefusesGzipThatIsCutOffAnywhere) {
  std::string text;
  for (int i = 0; i < 300; ++i) text += message("line ", i * i, '\n');
  const std::string whole = test::gzip(text);
  EXPECT_EQ(lines_of(whole).size(), 300u);
  for (std::size_t size = 2; size < whole.size(); ++size) {
    const std::string error = error_in(whole.substr(0, size));
    EXPECT_TRUE(error.ends_with(": the gzip data is damaged or cut off")) << error;
  }
}

TEST_F(LineReaderTest, RefusesZstdThatIsCutOffAnywhere) {
  std::string text;
  for (int i = 0; i < 300; ++i) text += message("line ", i * i, '\n');
  const std::string whole = test::zstd(text);
  EXPECT_EQ(lines_of(whole).size(), 300u);
  for (std::size_t size = 2; size < whole.size(); ++size) {
    const std::string error = error_in(whole.substr(0, size));
    EXPECT_TRUE(error.ends_with(": the zstd data is damaged or cut off")) << error;
  }
}

TEST_F(LineReaderTest, RefusesDamagedZstd) {
  std::string bytes = test::zstd("a\nb\n");
  bytes.back() = static_cast<char>(~bytes.back());  // Of the checksum.
  EXPECT_TRUE(error_in(bytes).ends_with(": the zstd data is damaged or cut off"));
  EXPECT_TRUE(error_in(test::zstd("a\n") + "b\n").ends_with("damaged or cut off"));
}

TEST_F(LineReaderTest, RefusesDamagedGzip) {
  std::string bytes = test::gzip("a\nb\n");
  bytes[bytes.size() - 8] = static_cast<char>(~bytes[bytes.size() - 8]);  // Of the checksum.
  EXPECT_EQ(error_in(bytes), file_ + ":3: the gzip data is damaged or cut off");
}

TEST_F(LineReaderTest, NamesFilesThatCannotBeOpened) {
  EXPECT_EQ(error_of<FileError>([&] { LineReader reader(folder_.path() / "none"); }),
            (folder_.path() / "none").string() + ": cannot be opened: No such file or directory");
  EXPECT_EQ(error_of<FileError>([&] { LineReader reader(folder_.path()); }),
            folder_.path().string() + ": cannot be read: Is a directory");
}

TEST_F(LineReaderTest, KnowsWhereItIs) {
  LineReader reader(folder_.write("file", "a\nb\n"));
  EXPECT_EQ(reader.file().line, 0u);
  reader.next();
  reader.next();
  const TextPosition where = reader.where(4);
  EXPECT_EQ(where.source, file_);
  EXPECT_EQ(where.line, 2u);
  EXPECT_EQ(where.column, 5u);
}

}  // namespace
}  // namespace espalier::datasets
