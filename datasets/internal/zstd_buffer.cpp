#include <espalier/datasets/internal/zstd_buffer.h>

#include <new>

#include <zstd.h>
#include <zstd_errors.h>

namespace espalier::datasets {
namespace {

// Throws if `result`, of a function of zstd, is an error.
std::size_t checked(std::size_t result) {
  if (ZSTD_isError(result)) {
    if (ZSTD_getErrorCode(result) == ZSTD_error_memory_allocation) throw std::bad_alloc();
    throw ZstdError(ZSTD_getErrorName(result));
  }
  return result;
}

}  // namespace

void ZstdBuffer::Deleter::operator()(ZSTD_DCtx_s* context) const { ZSTD_freeDCtx(context); }

ZstdBuffer::ZstdBuffer(std::streambuf& compressed)
    : compressed_(compressed),
      context_(ZSTD_createDCtx()),
      input_(ZSTD_DStreamInSize()),
      output_(ZSTD_DStreamOutSize()) {
  if (context_ == nullptr) throw std::bad_alloc();
  const int largest_window = ZSTD_dParam_getBounds(ZSTD_d_windowLogMax).upperBound;
  checked(ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, largest_window));
}

ZstdBuffer::~ZstdBuffer() = default;

ZstdBuffer::int_type ZstdBuffer::underflow() {
  ZSTD_outBuffer output{output_.data(), output_.size(), 0};
  while (output.pos == 0) {
    if (num_taken_ == input_size_ && !has_more_ && !refill()) {
      if (is_in_frame_) throw ZstdError("cut off");
      return traits_type::eof();
    }
    ZSTD_inBuffer input{input_.data(), input_size_, num_taken_};
    is_in_frame_ = checked(ZSTD_decompressStream(context_.get(), &output, &input)) != 0;
    num_taken_ = input.pos;
    has_more_ = is_in_frame_ && output.pos == output.size;
  }
  setg(output_.data(), output_.data(), output_.data() + output.pos);
  return traits_type::to_int_type(*gptr());
}

bool ZstdBuffer::refill() {
  num_taken_ = 0;
  input_size_ = static_cast<std::size_t>(
      compressed_.sgetn(input_.data(), static_cast<std::streamsize>(input_.size())));
  return input_size_ > 0;
}

}  // namespace espalier::datasets
