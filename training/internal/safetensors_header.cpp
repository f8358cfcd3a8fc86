#include <espalier/training/internal/safetensors_header.h>

#include <algorithm>
#include <array>
#include <set>
#include <tuple>

#include <nlohmann/json.hpp>

#include <espalier/base/error.h>
#include <espalier/training/internal/header_checksums.h>
#include <espalier/training/internal/json_text.h>

namespace espalier::training {
namespace {

using nlohmann::json;
using Header = SafetensorsHeader;

constexpr const char* kMetadata = "__metadata__";

// All that the format knows; those that we read come first.
struct DTypeInfo {
  Header::DType dtype;
  const char* name;
  std::uint64_t num_bits;
};
using enum Header::DType;
constexpr auto kDTypes = std::to_array<DTypeInfo>(
    {{kF64, "F64", 64},          {kF32, "F32", 32},      {kF16, "F16", 16},
     {kBF16, "BF16", 16},        {kI64, "I64", 64},      {kU64, "U64", 64},
     {kOther, "BOOL", 8},        {kOther, "U8", 8},      {kOther, "I8", 8},
     {kOther, "I16", 16},        {kOther, "U16", 16},    {kOther, "I32", 32},
     {kOther, "U32", 32},        {kOther, "C64", 64},    {kOther, "F8_E4M3", 8},
     {kOther, "F8_E5M2", 8},     {kOther, "F8_E8M0", 8}, {kOther, "F8_E4M3FNUZ", 8},
     {kOther, "F8_E5M2FNUZ", 8}, {kOther, "F6_E2M3", 6}, {kOther, "F6_E3M2", 6},
     {kOther, "F4", 4}});

const DTypeInfo& info(Header::DType dtype) {
  return *std::ranges::find(kDTypes, dtype, &DTypeInfo::dtype);
}

template <class... Parts>
[[noreturn]] void fail(const std::string& source, const Parts&... what) {
  throw ParseError({.source = source}, message(what...));
}

// A part of the header in a message, which should stay short.
std::string shown(const json& value) {
  constexpr std::size_t kMaxShown = 100;
  const std::string text = value.dump(-1, ' ', false, json::error_handler_t::replace);
  return text.size() <= kMaxShown ? text : text.substr(0, kMaxShown) + "...";
}

// Programs in C would end a name at a NUL, and terminals obey other control characters.
bool is_name(std::string_view name) {
  return std::ranges::none_of(name, [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; });
}

// The header as JSON, which by itself lets a name come twice, nests as deep as it likes, and ends
// at a NUL byte for the parser.
json parse_json(std::string_view text, const std::string& source) {
  constexpr int kArrayDepth = 2;  // Of "shape", in a tensor's entry, in the header.
  if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos) {
    fail(source, "header: byte ", nul + 1, " is NUL, expected JSON to the end");
  }
  std::vector<std::set<std::string>> names;
  const auto watch = [&](int depth, json::parse_event_t event, json& parsed) {
    const bool is_object = event == json::parse_event_t::object_start;
    if ((is_object || event == json::parse_event_t::array_start) &&
        depth > (is_object ? kArrayDepth - 1 : kArrayDepth)) {
      fail(source, "header: nested too deep");
    }
    if (is_object) names.emplace_back();
    if (event == json::parse_event_t::object_end) names.pop_back();
    if (event == json::parse_event_t::key &&
        !names.back().insert(parsed.get<std::string>()).second) {
      fail(source, "header: ", shown(parsed), " comes twice");
    }
    return true;
  };
  try {
    return json::parse(text, watch);
  } catch (const json::parse_error& e) {
    fail(source, "header: no JSON at byte ", e.byte, ", expected one object");
  } catch (const json::exception&) {
    fail(source, "header: no JSON, expected one object");
  }
}

// entry[key], an array of whole numbers that are not negative.
std::vector<std::uint64_t> numbers(const json& entry, const char* key, const std::string& name,
                                   const std::string& source) {
  const auto found = entry.find(key);
  const bool right =
      found != entry.end() && found->is_array() &&
      std::ranges::all_of(*found, [](const json& x) { return x.is_number_unsigned(); });
  if (!right) {
    fail(source, "tensor ", in_quotes(name), ": \"", key, "\" is ",
         found == entry.end() ? "missing" : shown(*found), ", expected an array of whole numbers");
  }
  return found->get<std::vector<std::uint64_t>>();
}

const DTypeInfo& dtype_of(const json& entry, const std::string& name, const std::string& source) {
  const auto found = entry.find("dtype");
  std::string known;
  for (const DTypeInfo& i : kDTypes) {
    if (found != entry.end() && *found == i.name) return i;
    known += std::string(known.empty() ? "" : ", ") + i.name;
  }
  fail(source, "tensor ", in_quotes(name), ": dtype is ",
       found == entry.end() ? "missing" : shown(*found), ", expected one of ", known);
}

// The bytes that a tensor takes. No product of some of its sizes may overflow, nor that of all but
// those that are 0: that many rows a tensor may have.
std::uint64_t num_bytes(const std::vector<std::uint64_t>& sizes, const DTypeInfo& dtype,
                        const std::string& name, const std::string& source) {
  std::uint64_t room = std::uint64_t{1} << 60;  // As a Shape has it.
  std::uint64_t n = 1;
  for (const std::uint64_t size : sizes) {
    if (size > room) {
      fail(source, "tensor ", in_quotes(name), ": the shape ", shown(sizes), " is too large");
    }
    room /= std::max(size, std::uint64_t{1});
    n *= size;
  }
  const std::uint64_t of_eight = n % 8 * dtype.num_bits;
  if (of_eight % 8 != 0) {
    fail(source, "tensor ", in_quotes(name), ": ", n, " numbers of ", dtype.num_bits,
         " bits, expected whole bytes");
  }
  return n / 8 * dtype.num_bits + of_eight / 8;
}

Header::Entry parse_entry(const std::string& name, const json& value, std::uint64_t num_data_bytes,
                          const std::string& source) {
  if (!value.is_object()) {
    fail(source, "tensor ", in_quotes(name), ": ", value.type_name(), ", expected an object");
  }
  if (!is_name(name)) fail(source, "tensor ", in_quotes(name), ": a control character in its name");
  const DTypeInfo& dtype = dtype_of(value, name, source);
  const std::vector<std::uint64_t> sizes = numbers(value, "shape", name, source);
  const std::vector<std::uint64_t> offsets = numbers(value, "data_offsets", name, source);
  if (offsets.size() != 2 || offsets[0] > offsets[1]) {
    fail(source, "tensor ", in_quotes(name), ": data_offsets ", shown(offsets),
         ", expected where its data begin and end");
  }
  const std::uint64_t needed = num_bytes(sizes, dtype, name, source);
  if (offsets[1] - offsets[0] != needed) {
    fail(source, "tensor ", in_quotes(name), ": ", offsets[1] - offsets[0], " bytes, expected ",
         needed, " for shape ", shown(sizes));
  }
  if (offsets[1] > num_data_bytes) {
    fail(source, "tensor ", in_quotes(name), ": data up to byte ", offsets[1],
         ", but there are only ", num_data_bytes, " bytes of data; the file is cut short");
  }
  Header::Entry entry{.name = name, .begin = offsets[0], .end = offsets[1]};
  if (sizes.size() > Shape::kMaxRank) {
    entry.dtype = kOther;
    entry.kind = message(dtype.name, " of ", sizes.size(), " sizes");
    return entry;
  }
  entry.dtype = dtype.dtype;
  entry.shape = Shape(std::span<const std::size_t>(sizes));
  if (dtype.dtype == kOther) entry.kind = dtype.name;
  return entry;
}

std::map<std::string, std::string, std::less<>> parse_metadata(const json& value,
                                                               const std::string& source) {
  const bool right =
      value.is_object() && std::ranges::all_of(value, [](const json& x) { return x.is_string(); });
  if (!right) fail(source, "header: \"", kMetadata, "\" is no object of strings");
  return value.get<std::map<std::string, std::string, std::less<>>>();
}

// In the order of their data, the tensors follow each other and fill the file.
void check_layout(const std::vector<Header::Entry>& entries, std::uint64_t num_data_bytes,
                  const std::string& source) {
  std::uint64_t end = 0;
  for (const Header::Entry& entry : entries) {
    if (entry.begin != end) {
      fail(source, "tensor ", in_quotes(entry.name), ": data begin at byte ", entry.begin,
           ", expected ", end, ", where those before end; they ",
           entry.begin < end ? "overlap" : "leave a hole");
    }
    end = entry.end;
  }
  if (end != num_data_bytes) {
    fail(source, num_data_bytes - end, " bytes after the last tensor, expected none");
  }
}

}  // namespace

SafetensorsHeader parse_safetensors_header(std::string_view text, std::uint64_t num_data_bytes,
                                           const std::string& source) {
  if (!text.starts_with('{')) fail(source, "header: expected a JSON object, which begins with {");
  const bool sealed = check_seal(text, source);
  const json object = parse_json(text, source);
  Header header;
  for (const auto& [name, value] : object.items()) {
    if (name == kMetadata) {
      header.metadata = parse_metadata(value, source);
    } else {
      header.entries.push_back(parse_entry(name, value, num_data_bytes, source));
    }
  }
  std::ranges::sort(header.entries, {},
                    [](const Header::Entry& e) { return std::tie(e.begin, e.end); });
  check_layout(header.entries, num_data_bytes, source);
  take_checksums(header, sealed, source);
  return header;
}

std::string format_safetensors_header(const SafetensorsHeader& header) {
  json object = json::object();
  for (const Header::Entry& entry : header.entries) {
    if (entry.name == kMetadata || object.contains(entry.name)) {
      throw OptionError(message("safetensors: the name ", in_quotes(entry.name), " is taken"));
    }
    if (!is_name(entry.name)) {
      throw OptionError(
          message("safetensors: the name ", in_quotes(entry.name), " has a control character"));
    }
    json sizes = json::array();
    for (std::size_t i = 0; i < entry.shape.rank(); ++i) sizes.push_back(entry.shape[i]);
    object[entry.name] = {{"dtype", info(entry.dtype).name},
                          {"shape", std::move(sizes)},
                          {"data_offsets", {entry.begin, entry.end}}};
  }
  auto metadata = header.metadata;
  if (metadata.contains(kHeaderChecksum) || metadata.contains(kTensorChecksums)) {
    throw OptionError(message("safetensors: the metadata have \"", kHeaderChecksum, "\" or \"",
                              kTensorChecksums, "\", which are for checksums"));
  }
  try {
    if (header.has_checksums) {
      metadata.emplace(kHeaderChecksum, kUnknownChecksum);
      metadata.emplace(kTensorChecksums, tensor_checksums(header));
    }
    if (!metadata.empty()) object[kMetadata] = metadata;
    std::string text = object.dump();
    text.resize((text.size() + 7) / 8 * 8, ' ');
    if (header.has_checksums) seal_header(text);
    return text;
  } catch (const json::exception&) {
    throw OptionError("safetensors: a name or the metadata are no UTF-8");
  }
}

}  // namespace espalier::training
