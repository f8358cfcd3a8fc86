#include <espalier/datasets/internal/located_json.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include <nlohmann/json.hpp>

#include <espalier/datasets/internal/fields.h>
#include <espalier/datasets/line_reader.h>

namespace espalier::datasets {
namespace {

using Value = LocatedJson::Value;
using Kind = Value::Kind;

// Text, and how far the parser has read it. The parser says what it finds, but not where: that is
// what comes after the blanks, commas and colons that follow what it found before.
struct Cursor {
  const std::string* text;
  std::size_t read = 0, last_end = 0;

  std::size_t begin_of_token() const {
    return std::min(text->find_first_not_of(" \t\r\n,:", last_end), text->size());
  }
};

// A one-pass iterator that moves the cursor.
struct Bytes {
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  Cursor* cursor = nullptr;
  bool is_end = false;

  bool at_end() const { return is_end || cursor->read == cursor->text->size(); }
  const char& operator*() const { return (*cursor->text)[cursor->read]; }
  Bytes& operator++() {
    ++cursor->read;
    return *this;
  }
  friend bool operator==(const Bytes& a, const Bytes& b) { return a.at_end() == b.at_end(); }
  friend bool operator!=(const Bytes& a, const Bytes& b) { return !(a == b); }
};

class TreeBuilder : public nlohmann::json_sax<nlohmann::json> {
 public:
  TreeBuilder(Cursor& cursor, Value& root) : cursor_(cursor), root_(root) {}

  bool null() override { return scalar(Kind::kOther, "null"); }
  bool boolean(bool value) override { return scalar(Kind::kOther, value ? "true" : "false"); }
  bool number_integer(std::int64_t value) override { return number(std::to_string(value)); }
  bool number_unsigned(std::uint64_t value) override { return number(std::to_string(value)); }
  bool number_float(double, const std::string& text) override { return number(text); }
  bool string(std::string& text) override { return scalar(Kind::kText, text); }
  bool binary(nlohmann::json::binary_t&) override { return false; }  // Not in a text.
  bool start_object(std::size_t) override { return begin(Kind::kObject, "{"); }
  bool start_array(std::size_t) override { return begin(Kind::kArray, "["); }
  bool end_object() override { return end(); }
  bool end_array() override { return end(); }
  bool key(std::string& name) override {
    if (!names_.back().insert(name).second) return refuse(message("two entries \"", name, "\""));
    cursor_.last_end = cursor_.read;
    name_ = name;
    return true;
  }
  bool parse_error(std::size_t offset, const std::string&,
                   const nlohmann::json::exception& error) override {
    error_at = offset == 0 ? 0 : offset - 1;
    const std::string_view text = error.what();
    const std::size_t reason = text.find(": ");
    error_text =
        message("no JSON: ", reason == std::string_view::npos ? text : text.substr(reason + 2));
    return false;
  }

  std::size_t error_at = 0;
  std::string error_text;

 private:
  bool refuse(std::string what) {
    error_at = cursor_.begin_of_token();
    error_text = std::move(what);
    return false;
  }
  Value& add(Kind kind, std::string text) {
    Value* value = &root_;
    if (!open_.empty()) {
      value = &open_.back()
                   ->entries.emplace_back(LocatedJson::Entry{std::exchange(name_, {}), {}})
                   .value;
    }
    value->kind = kind;
    value->offset = cursor_.begin_of_token();
    value->text = std::move(text);
    cursor_.last_end = cursor_.read;
    return *value;
  }
  bool scalar(Kind kind, std::string text) {
    add(kind, std::move(text));
    return true;
  }
  // A number's end is known by what follows, which was read then too, unless nothing does.
  bool number(std::string text) {
    add(Kind::kNumber, std::move(text));
    if (cursor_.read < cursor_.text->size()) --cursor_.last_end;
    return true;
  }
  bool begin(Kind kind, std::string text) {
    if (open_.size() == LocatedJson::kMostDepth) {
      return refuse(message("nested more than ", LocatedJson::kMostDepth, " deep"));
    }
    names_.emplace_back();
    open_.push_back(&add(kind, std::move(text)));  // It stays: siblings come when it is closed.
    return true;
  }
  bool end() {
    open_.pop_back();
    names_.pop_back();
    cursor_.last_end = cursor_.read;
    return true;
  }

  Cursor& cursor_;
  Value& root_;
  std::vector<Value*> open_;
  std::vector<std::set<std::string>> names_;  // Of the entries of each.
  std::string name_;
};

std::string shown(const Value& value) {
  if (value.kind == Kind::kArray) return "an array";
  if (value.kind == Kind::kObject) return "an object";
  return value.kind == Kind::kText ? '"' + value.text + '"' : value.text;
}

}  // namespace

LocatedJson::LocatedJson(const std::filesystem::path& path) : source_(path.string()) {
  LineReader lines(path);
  while (const auto line = lines.next()) {
    if (bytes_.size() + line->size() > kMostBytes) {
      throw ParseError(lines.where(), message("more than ", kMostBytes, " bytes of JSON"));
    }
    bytes_.append(*line) += '\n';
  }
  parse();
}

LocatedJson::LocatedJson(std::string_view line, const TextPosition& where)
    : source_(where.source), bytes_(line), first_line_(where.line) {
  parse();
}

void LocatedJson::parse() {
  Cursor cursor = {.text = &bytes_};
  TreeBuilder builder(cursor, root_);
  if (nlohmann::json::sax_parse(Bytes{&cursor, false}, Bytes{&cursor, true}, &builder)) return;
  throw ParseError(position(builder.error_at), builder.error_text);
}

TextPosition LocatedJson::position(std::size_t offset) const {
  const std::string_view before(bytes_.data(), std::min(offset, bytes_.size()));
  const std::size_t line_begin = before.rfind('\n') + 1;  // npos + 1 is 0.
  return {.source = source_,
          .line = static_cast<std::size_t>(std::ranges::count(before, '\n')) + first_line_,
          .column = before.size() - line_begin + 1};
}

void LocatedJson::fail(const Value& value, std::string_view what) const {
  throw ParseError(where(value), what);
}

void LocatedJson::expect_entries(const Value& object,
                                 std::initializer_list<std::string_view> names) const {
  if (object.kind != Kind::kObject)
    fail(object, message("found ", shown(object), ", expected an object"));
  for (const auto& [name, value] : object.entries) {
    if (std::ranges::find(names, name) != names.end()) continue;
    std::string expected;
    for (const std::string_view known : names) {
      expected += (expected.empty() ? "\"" : ", \"") + std::string(known) + '"';
    }
    fail(value, message("found an entry \"", name, "\", expected ", expected));
  }
}

const Value* LocatedJson::find(const Value& object, std::string_view name) const {
  for (const auto& [other, value] : object.entries) {
    if (other == name) return &value;
  }
  return nullptr;
}

const Value& LocatedJson::at(const Value& object, std::string_view name) const {
  if (const Value* const value = find(object, name)) return *value;
  fail(object, message("an object has no entry \"", name, "\""));
}

const std::string& LocatedJson::text(const Value& value) const {
  if (value.kind != Kind::kText) fail(value, message("found ", shown(value), ", expected a text"));
  return value.text;
}

std::size_t LocatedJson::number(const Value& value, std::size_t low, std::size_t bound) const {
  const auto number = whole_number(value.text);
  if (value.kind == Kind::kNumber && number && *number >= low && *number < bound) return *number;
  fail(value,
       message("found ", shown(value), ", expected a whole number, ", low, " .. ", bound - 1));
}

float LocatedJson::real(const Value& value) const {
  const auto number = finite_number(value.text);
  if (value.kind == Kind::kNumber && number) return *number;
  fail(value, message("found ", shown(value), ", expected a finite number"));
}

const std::vector<LocatedJson::Entry>& LocatedJson::array(const Value& value) const {
  if (value.kind != Kind::kArray) {
    fail(value, message("found ", shown(value), ", expected an array"));
  }
  return value.entries;
}

}  // namespace espalier::datasets
