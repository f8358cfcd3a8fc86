#include <espalier/training/internal/safetensors_header.h>

#include <algorithm>
#include <array>
#include <limits>
#include <set>
#include <tuple>

#include <nlohmann/json.hpp>

#include <espalier/base/error.h>

namespace espalier::training {
namespace {

using nlohmann::json;
using Header = SafetensorsHeader;

constexpr const char* kMetadata = "__metadata__";

struct DTypeInfo {
  Header::DType dtype;
  const char* name;
  std::uint64_t num_bytes;
};
constexpr std::array<DTypeInfo, 6> kDTypes{{{Header::DType::kF64, "F64", 8},
                                            {Header::DType::kF32, "F32", 4},
                                            {Header::DType::kF16, "F16", 2},
                                            {Header::DType::kBF16, "BF16", 2},
                                            {Header::DType::kI64, "I64", 8},
                                            {Header::DType::kU64, "U64", 8}}};

const DTypeInfo& info(Header::DType dtype) {
  return *std::ranges::find(kDTypes, dtype, &DTypeInfo::dtype);
}

template <class... Parts>
[[noreturn]] void fail(const std::string& source, const Parts&... what) {
  throw ParseError({.source = source}, message(what...));
}

std::string in_quotes(std::string_view name) { return message('"', name, '"'); }

// The header as JSON, which by itself lets a name come twice, and nests as deep as it likes.
json parse_json(std::string_view text, const std::string& source) {
  constexpr int kArrayDepth = 2;  // Of "shape", in a tensor's entry, in the header.
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
      fail(source, "header: ", parsed.dump(), " comes twice");
    }
    return true;
  };
  try {
    return json::parse(text, watch);
  } catch (const json::exception& e) {
    fail(source, "header: ", e.what());
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
         found == entry.end() ? "missing" : found->dump(), ", expected an array of whole numbers");
  }
  return found->get<std::vector<std::uint64_t>>();
}

Header::DType dtype_of(const json& entry, const std::string& name, const std::string& source) {
  const auto found = entry.find("dtype");
  std::string known;
  for (const DTypeInfo& i : kDTypes) {
    if (found != entry.end() && *found == i.name) return i.dtype;
    known += std::string(known.empty() ? "" : ", ") + i.name;
  }
  fail(source, "tensor ", in_quotes(name), ": dtype is ",
       found == entry.end() ? "missing" : found->dump(), ", expected one of ", known);
}

// The bytes that a tensor takes, if they can be counted in 64 bits.
std::uint64_t num_bytes(const std::vector<std::uint64_t>& sizes, Header::DType dtype,
                        const std::string& name, const std::string& source) {
  std::uint64_t n = info(dtype).num_bytes;
  for (const std::uint64_t size : sizes) {
    if (size != 0 && n > std::numeric_limits<std::uint64_t>::max() / size) {
      fail(source, "tensor ", in_quotes(name), ": the shape ", json(sizes).dump(), " is too large");
    }
    n *= size;
  }
  return n;
}

Header::Entry parse_entry(const std::string& name, const json& value, std::uint64_t num_data_bytes,
                          const std::string& source) {
  if (!value.is_object()) {
    fail(source, "tensor ", in_quotes(name), ": ", value.type_name(), ", expected an object");
  }
  const Header::DType dtype = dtype_of(value, name, source);
  const std::vector<std::uint64_t> sizes = numbers(value, "shape", name, source);
  if (sizes.size() > Shape::kMaxRank) {
    fail(source, "tensor ", in_quotes(name), ": ", sizes.size(), " sizes, expected at most ",
         Shape::kMaxRank);
  }
  const std::vector<std::uint64_t> offsets = numbers(value, "data_offsets", name, source);
  if (offsets.size() != 2 || offsets[0] > offsets[1]) {
    fail(source, "tensor ", in_quotes(name), ": data_offsets ", json(offsets).dump(),
         ", expected where its data begin and end");
  }
  const std::uint64_t needed = num_bytes(sizes, dtype, name, source);
  if (offsets[1] - offsets[0] != needed) {
    fail(source, "tensor ", in_quotes(name), ": ", offsets[1] - offsets[0], " bytes, expected ",
         needed, " for shape ", json(sizes).dump());
  }
  if (offsets[1] > num_data_bytes) {
    fail(source, "tensor ", in_quotes(name), ": data up to byte ", offsets[1],
         ", but there are only ", num_data_bytes, " bytes of data; the file is cut short");
  }
  return {name, dtype, Shape(std::span<const std::size_t>(sizes)), offsets[0], offsets[1]};
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
  return header;
}

std::string format_safetensors_header(const SafetensorsHeader& header) {
  json object = json::object();
  for (const Header::Entry& entry : header.entries) {
    if (entry.name == kMetadata || object.contains(entry.name)) {
      throw OptionError(message("safetensors: the name ", in_quotes(entry.name), " is taken"));
    }
    json sizes = json::array();
    for (std::size_t i = 0; i < entry.shape.rank(); ++i) sizes.push_back(entry.shape[i]);
    object[entry.name] = {{"dtype", info(entry.dtype).name},
                          {"shape", std::move(sizes)},
                          {"data_offsets", {entry.begin, entry.end}}};
  }
  if (!header.metadata.empty()) object[kMetadata] = header.metadata;
  try {
    std::string text = object.dump();
    text.resize((text.size() + 7) / 8 * 8, ' ');
    return text;
  } catch (const json::exception& e) {
    throw OptionError(message("safetensors: a name or the metadata: ", e.what()));
  }
}

}  // namespace espalier::training
