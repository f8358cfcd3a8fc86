#include <espalier/datasets/internal/npy.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

#include <espalier/base/error.h>

namespace espalier::datasets {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";

struct Header {
  std::optional<std::string_view> descr;
  std::optional<bool> by_columns;
  std::optional<std::vector<std::uint64_t>> shape;
};

// A dictionary as Python prints it:
// {'descr': '<i8', 'fortran_order': False, 'shape': (2, 10), }
class HeaderParser {
 public:
  HeaderParser(std::string_view text, const std::string& source) : text_(text), source_(source) {}

  Header parse() {
    expect('{');
    while (!take('}')) {
      parse_entry();
      if (take(',')) continue;
      expect('}');
      break;
    }
    pass_blanks();
    if (place_ < text_.size()) fail("nothing more");
    if (!header_.descr || !header_.by_columns || !header_.shape) {
      fail("the entries 'descr', 'fortran_order' and 'shape' before the end");
    }
    return header_;
  }

  [[noreturn]] void fail(std::string_view expected) const {
    std::string_view found = text_.substr(std::min(place_, text_.size()), 20);
    if (found.ends_with('\n')) found.remove_suffix(1);
    throw ParseError({.source = source_}, message("the array's header, at byte ", place_,
                                                  ": found \"", found, "\", expected ", expected));
  }

 private:
  void parse_entry() {
    const std::size_t begin = place_;
    const std::string_view key = quoted();
    expect(':');
    if (key == "descr" && !header_.descr) {
      header_.descr = quoted();
    } else if (key == "fortran_order" && !header_.by_columns) {
      header_.by_columns = truth();
    } else if (key == "shape" && !header_.shape) {
      header_.shape = sizes();
    } else {
      place_ = begin;
      fail("'descr', 'fortran_order' or 'shape', each once");
    }
  }

  std::string_view quoted() {
    pass_blanks();
    const char quote = place_ < text_.size() ? text_[place_] : ' ';
    if (quote != '\'' && quote != '"') fail("a word in quotes: whole numbers have no more to tell");
    const std::size_t end = text_.find(quote, place_ + 1);
    if (end == std::string_view::npos) fail("a word in quotes");
    const std::string_view word = text_.substr(place_ + 1, end - place_ - 1);
    place_ = end + 1;
    return word;
  }

  bool truth() {
    pass_blanks();
    for (const auto& [word, value] : {std::pair{"True", true}, {"False", false}}) {
      if (!text_.substr(place_).starts_with(word)) continue;
      place_ += std::string_view(word).size();
      return value;
    }
    fail("True or False");
  }

  std::vector<std::uint64_t> sizes() {
    std::vector<std::uint64_t> sizes;
    expect('(');
    while (!take(')')) {
      pass_blanks();
      std::uint64_t size = 0;
      const char* const begin = text_.data() + place_;
      const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), size);
      if (error != std::errc()) fail("a size of the array");
      place_ += static_cast<std::size_t>(end - begin);
      sizes.push_back(size);
      if (take(',')) continue;
      expect(')');
      break;
    }
    return sizes;
  }

  void pass_blanks() {
    while (place_ < text_.size() && (text_[place_] == ' ' || text_[place_] == '\n')) ++place_;
  }
  bool take(char c) {
    pass_blanks();
    if (place_ >= text_.size() || text_[place_] != c) return false;
    ++place_;
    return true;
  }
  void expect(char c) {
    if (!take(c)) fail(message('\'', c, '\''));
  }

  std::string_view text_;
  const std::string& source_;
  std::size_t place_ = 0;
  Header header_;
};

// "<i8": byte order, kind, bytes.
void set_type(IntegerArray& array, std::string_view descr, const std::string& source) {
  const bool has_form = descr.size() == 3 &&
                        std::string_view("<>|=").find(descr[0]) != std::string_view::npos &&
                        (descr[1] == 'i' || descr[1] == 'u') &&
                        std::string_view("1248").find(descr[2]) != std::string_view::npos;
  if (!has_form) {
    throw ParseError({.source = source}, message("an array of \"", descr,
                                                 "\", expected whole numbers of 1, 2, 4 or 8 "
                                                 "bytes: \"<i8\" or \"<i4\", say"));
  }
  array.is_big_endian = descr[0] == '>';
  array.is_signed = descr[1] == 'i';
  array.item_bytes = static_cast<std::size_t>(descr[2] - '0');
}

// Bytes that a shape takes; nothing if more than any memory has.
std::optional<std::uint64_t> num_bytes(const IntegerArray& array) {
  if (std::ranges::find(array.shape, 0u) != array.shape.end()) return 0;
  std::uint64_t bytes = array.item_bytes;
  for (const std::uint64_t size : array.shape) {
    if (size > (std::uint64_t{1} << 62) / bytes) return std::nullopt;
    bytes *= size;
  }
  return bytes;
}

// Where the header's text begins and how long it is.
std::pair<std::size_t, std::size_t> text_of(std::string_view bytes, const std::string& source) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  if (!is_npy(bytes) || bytes.size() < kMagic.size() + 2) {
    throw ParseError({.source = source}, "no array of numpy.save, or it is cut short");
  }
  const unsigned version = byte(kMagic.size());
  if (version < 1 || version > 3) {
    throw ParseError({.source = source},
                     message("an array of numpy's format ", version, ", expected 1, 2 or 3"));
  }
  const std::size_t length_bytes = version == 1 ? 2 : 4, begin = kMagic.size() + 2 + length_bytes;
  std::size_t length = 0;
  for (std::size_t i = begin; i-- > begin - length_bytes && begin <= bytes.size();) {
    length = length << 8 | byte(i);
  }
  if (begin > bytes.size() || length > bytes.size() - begin) {
    throw ParseError({.source = source}, "the array's header is cut short");
  }
  return {begin, length};
}

}  // namespace

bool is_npy(std::string_view bytes) { return bytes.starts_with(kMagic); }

IntegerArray parse_npy(std::string_view bytes, const std::string& source) {
  const auto [begin, length] = text_of(bytes, source);
  Header header = HeaderParser(bytes.substr(begin, length), source).parse();
  IntegerArray array{.shape = std::move(*header.shape),
                     .by_columns = *header.by_columns,
                     .bytes = bytes.substr(begin + length)};
  set_type(array, *header.descr, source);
  const auto wanted = num_bytes(array);
  if (wanted != array.bytes.size()) {
    throw ParseError({.source = source},
                     message("an array of ", array.bytes.size(), " bytes of numbers, expected ",
                             wanted ? message(*wanted) : "more than can be",
                             " for its shape; it is cut short, or goes on after its end"));
  }
  return array;
}

std::string npy_header(std::span<const std::uint64_t> shape) {
  std::string sizes;
  for (const std::uint64_t size : shape) sizes += message(size, ", ");
  std::string text = message("{'descr': '<i8', 'fortran_order': False, 'shape': (", sizes, "), }");
  constexpr std::size_t kAligned = 64, kBefore = kMagic.size() + 4;
  text.append(kAligned - (kBefore + text.size() + 1) % kAligned, ' ');
  text += '\n';
  const auto length = static_cast<char>(text.size());  // Far below 256.
  return std::string(kMagic) + std::string({'\x01', '\x00', length, '\x00'}) + text;
}

}  // namespace espalier::datasets
