#include <espalier/training/internal/header_checksums.h>

#include <charconv>
#include <cstdint>
#include <span>
#include <utility>

#include <nlohmann/json.hpp>

#include <espalier/base/error.h>
#include <espalier/training/internal/checksum.h>
#include <espalier/training/internal/json_text.h>

namespace espalier::training {
namespace {

using nlohmann::json;

constexpr std::size_t kNumDigits = 8;

[[noreturn]] void fail(const std::string& source, std::string_view what) {
  throw ParseError({.source = source}, what);
}

// Where the digits of the header's checksum begin. Inside of a string this cannot be, since quotes
// are escaped there.
std::size_t place_of_digits(std::string_view text) {
  const std::string key = message('"', kHeaderChecksum, "\":\"");
  const std::size_t found = text.find(key);
  return found == std::string_view::npos ? found : found + key.size();
}

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

std::string header_checksum(std::string_view text, std::size_t digits) {
  const std::uint64_t length = text.size();
  std::uint32_t sum = crc32(std::as_bytes(std::span(&length, 1)));
  sum = crc32(bytes_of(text.substr(0, digits)), sum);
  sum = crc32(bytes_of(kUnknownChecksum), sum);
  return checksum_text(crc32(bytes_of(text.substr(digits + kNumDigits)), sum));
}

// Of one tensor, as the metadata have it.
std::uint32_t checksum_from(const json& all, const std::string& name, const std::string& source) {
  const auto found = all.find(name);
  std::uint32_t sum = 0;
  if (found != all.end() && found->is_string()) {
    const std::string& digits = found->get_ref<const std::string&>();
    std::from_chars(digits.data(), digits.data() + digits.size(), sum, 16);
    if (digits == checksum_text(sum)) return sum;
  }
  fail(source, message("tensor ", in_quotes(name), ": no checksum in \"", kTensorChecksums,
                       "\", expected 8 digits of 0-9 and a-f"));
}

}  // namespace

std::string tensor_checksums(const SafetensorsHeader& header) {
  json all = json::object();
  for (const auto& entry : header.entries) all[entry.name] = checksum_text(entry.checksum);
  return all.dump();
}

void seal_header(std::string& text) {
  const std::size_t digits = place_of_digits(text);
  text.replace(digits, kNumDigits, header_checksum(text, digits));
}

bool check_seal(std::string_view text, const std::string& source) {
  const std::size_t digits = place_of_digits(text);
  if (digits == std::string_view::npos || digits + kNumDigits > text.size()) return false;
  const std::string actual = header_checksum(text, digits);
  if (text.substr(digits, kNumDigits) == actual) return true;
  fail(source, message("header: its checksum is ", actual, ", expected ",
                       in_quotes(text.substr(digits, kNumDigits)), "; the file is damaged, or was ",
                       "changed by another program"));
}

void take_checksums(SafetensorsHeader& header, bool sealed, const std::string& source) {
  const bool has_seal = header.metadata.erase(kHeaderChecksum) > 0;
  const auto entry = header.metadata.extract(kTensorChecksums);
  if (has_seal != sealed || has_seal == entry.empty()) {
    fail(source, message("the metadata have a checksum of the header or of the tensors, expected ",
                         "both as Espalier writes them, or none"));
  }
  if (!has_seal) return;
  check_json_text(entry.mapped(), source, kTensorChecksums);
  const json all = json::parse(entry.mapped(), nullptr, /*allow_exceptions=*/false);
  if (!all.is_object() || all.size() != header.entries.size()) {
    fail(source,
         message('"', kTensorChecksums, "\": expected a JSON object with an entry for each ", "of ",
                 header.entries.size(), " tensors"));
  }
  for (auto& tensor : header.entries) tensor.checksum = checksum_from(all, tensor.name, source);
  header.has_checksums = true;
}

}  // namespace espalier::training
