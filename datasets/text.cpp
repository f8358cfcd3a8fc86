#include <espalier/datasets/text.h>

#include <utility>

#include <espalier/base/error.h>
#include <espalier/base/utf8.h>
#include <espalier/datasets/characters.h>
#include <espalier/datasets/line_reader.h>

namespace espalier::datasets {
namespace {

void check(const TextOptions& options) {
  const float dev = options.dev_fraction;
  const float test = options.test_fraction;
  if (!(dev >= 0 && test >= 0 && dev + test < 1)) {
    throw OptionError(message("dev_fraction is ", dev, " and test_fraction ", test,
                              ", expected both to be >= 0 and their sum < 1"));
  }
}

void add_characters(std::string_view text, Vocabulary& vocabulary,
                    std::vector<std::uint32_t>& characters) {
  while (!text.empty()) {
    const std::string_view character = first_character(text).bytes;
    characters.push_back(vocabulary.add(character));
    text.remove_prefix(character.size());
  }
}

TextData split(Vocabulary vocabulary, std::vector<std::uint32_t> characters,
               const TextOptions& options) {
  const auto part = [&](float fraction) {
    return static_cast<std::ptrdiff_t>(double{fraction} * static_cast<double>(characters.size()));
  };
  const auto test_begin = characters.end() - part(options.test_fraction);
  const auto dev_begin = test_begin - part(options.dev_fraction);
  TextData data;
  data.vocabulary = std::move(vocabulary);
  data.dev.assign(dev_begin, test_begin);
  data.test.assign(test_begin, characters.end());
  characters.erase(dev_begin, characters.end());
  data.train = std::move(characters);
  return data;
}

}  // namespace

TextData text_data(std::string_view text, const TextOptions& options) {
  check(options);
  TextPosition where{.source = "<text>"};
  if (text.empty()) throw ParseError(where, "the text is empty, expected characters");
  if (const std::size_t i = find_invalid_utf8(text); i != std::string_view::npos) {
    throw ParseError(where, message("byte ", i, " of the text is not valid UTF-8"));
  }
  Vocabulary vocabulary;
  std::vector<std::uint32_t> characters;
  add_characters(text, vocabulary, characters);
  return split(std::move(vocabulary), std::move(characters), options);
}

TextData load_text(const std::filesystem::path& path, const TextOptions& options) {
  check(options);
  // A corpus may be one line, as text8 is.
  LineReader reader(path, std::size_t{1} << 30);
  Vocabulary vocabulary;
  std::vector<std::uint32_t> characters;
  while (const auto line = reader.next()) {
    add_characters(*line, vocabulary, characters);
    characters.push_back(vocabulary.add("\n"));
  }
  if (characters.empty()) throw ParseError(reader.file(), "the file is empty, expected text");
  return split(std::move(vocabulary), std::move(characters), options);
}

}  // namespace espalier::datasets
