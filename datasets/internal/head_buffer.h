#pragma once

#include <cstddef>
#include <streambuf>
#include <string>
#include <vector>

namespace espalier::datasets {

/// A stream of which the first bytes were read already: gives those, then the rest. Counts what it
/// gives.
class HeadBuffer : public std::streambuf {
 public:
  /// `rest` must outlive the buffer.
  HeadBuffer(const std::string& head, std::streambuf& rest)
      : rest_(rest), bytes_(head.begin(), head.end()), num_given_(head.size()) {
    setg(bytes_.data(), bytes_.data(), bytes_.data() + bytes_.size());
  }

  std::size_t num_given() const { return num_given_; }

 protected:
  int_type underflow() override {
    bytes_.resize(kBlockSize);
    const auto size = rest_.sgetn(bytes_.data(), static_cast<std::streamsize>(kBlockSize));
    num_given_ += static_cast<std::size_t>(size);
    setg(bytes_.data(), bytes_.data(), bytes_.data() + size);
    return size == 0 ? traits_type::eof() : traits_type::to_int_type(bytes_.front());
  }

 private:
  static constexpr std::size_t kBlockSize = 1 << 16;

  std::streambuf& rest_;
  std::vector<char> bytes_;
  std::size_t num_given_;
};

}  // namespace espalier::datasets
