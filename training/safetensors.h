#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <map>
#include <span>
#include <string>
#include <vector>

#include <espalier/training/named_tensors.h>

namespace espalier::training {

/// What a safetensors file holds (https://huggingface.co/docs/safetensors): tensors by name, and
/// strings by name. PyTorch's users write such files with `safetensors.torch.save_file`.
struct Safetensors {
  NamedTensors tensors = {};
  /// Tensors of 64-bit integers, bit for bit, flat: counters.
  std::map<std::string, std::vector<std::uint64_t>, std::less<>> integers;
  std::map<std::string, std::string, std::less<>> metadata;
  /// What is neither and was not read, in words, "U8": of other types, or of more than
  /// `Shape::kMaxRank` sizes.
  std::map<std::string, std::string, std::less<>> unread = {};
  bool had_checksums = false;  ///< All were right, or reading had failed.
};

/// F32, F16 and BF16 are read exactly, F64 is rounded to float; U64 and I64 are `integers`, and
/// other types are `unread`. Numbers need not be finite.
///
/// Throws FileError if the file cannot be read. Throws ParseError, naming the file, the tensor,
/// what was found and what was expected, for whatever the format does not allow: a file cut short,
/// a header that is too long or no JSON, data that overlap, leave holes, go on after the last
/// tensor or do not fit their shape, a name that comes twice or has a control character; and where
/// the file has checksums, for whatever does not match them. No size from the file is trusted
/// before it is checked.
Safetensors read_safetensors(const std::filesystem::path& path);
/// The same from a stream that can seek; `source` stands for the file in messages.
Safetensors read_safetensors(std::istream& in, const std::string& source);

/// A tensor of whole numbers, row by row.
struct IntegerTensor {
  Shape shape;
  std::vector<std::int64_t> values;
};

/// The tensors of a safetensors file that are I32 or I64, by name, as other programs save ids; what
/// is of other types is passed over. Throws as read_safetensors() does.
std::map<std::string, IntegerTensor, std::less<>> read_integer_tensors(
    const std::filesystem::path& path);

/// The same content without owning it, for writing.
struct SafetensorsView {
  std::map<std::string, const Tensor*, std::less<>> tensors;
  std::map<std::string, std::span<const std::uint64_t>, std::less<>> integers;
  std::map<std::string, std::string, std::less<>> metadata;
  /// Whether to write, into the metadata, a checksum of the header and of each tensor, which
  /// read_safetensors() compares: docs/checkpoint-format.md. Checkpoints have them.
  bool with_checksums = false;
};

/// Writes tensors as F32 and integers as U64, aligned to 8 bytes. Atomically: after a crash at any
/// instant the file is the old one or the new one, whole.
/// Throws FileError as write_file() does, and OptionError for a name that comes twice, is
/// "__metadata__", has a control character, or is no UTF-8.
void write_safetensors(const std::filesystem::path& path, const SafetensorsView& content);
void write_safetensors(const std::filesystem::path& path, const Safetensors& content);

}  // namespace espalier::training
