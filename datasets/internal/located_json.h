#pragma once

#include <cstddef>
#include <filesystem>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include <espalier/base/error.h>

namespace espalier::datasets {

/// A JSON text whose values know where they stand, so that what does not fit can be shown.
class LocatedJson {
 public:
  struct Entry;
  struct Value {
    enum class Kind { kOther, kNumber, kText, kArray, kObject };
    Kind kind = Kind::kOther;
    std::size_t offset = 0;      ///< Of its first byte.
    std::string text;            ///< Of a text; of anything else as it is.
    std::vector<Entry> entries;  ///< An array's have no names.
  };
  struct Entry {
    std::string name;
    Value value;
  };

  static constexpr std::size_t kMostBytes = 1u << 20;  ///< Of a file.
  static constexpr std::size_t kMostDepth = 32;

  /// Throws FileError, and ParseError, naming the place, if the file is no JSON, is larger or is
  /// nested deeper than the above, or an object has two entries of one name.
  explicit LocatedJson(const std::filesystem::path& path);
  /// The same of a line of a file, which may be of any length.
  LocatedJson(std::string_view line, const TextPosition& where);

  const Value& root() const { return root_; }

  // All below throw ParseError, naming the place, if it is not so.

  /// Nothing but the entries named is there.
  void expect_entries(const Value& object, std::initializer_list<std::string_view> names) const;
  /// An object's entry; nullptr if it is not there.
  const Value* find(const Value& object, std::string_view name) const;
  const Value& at(const Value& object, std::string_view name) const;
  const std::string& text(const Value& value) const;
  /// A whole number, low <= number < bound.
  std::size_t number(const Value& value, std::size_t low, std::size_t bound) const;
  /// A number that a float can hold.
  float real(const Value& value) const;
  const std::vector<Entry>& array(const Value& value) const;

  TextPosition where(const Value& value) const { return position(value.offset); }
  [[noreturn]] void fail(const Value& value, std::string_view what) const;

 private:
  TextPosition position(std::size_t offset) const;

  void parse();

  std::string source_, bytes_;
  std::size_t first_line_ = 1;
  Value root_;
};

}  // namespace espalier::datasets
