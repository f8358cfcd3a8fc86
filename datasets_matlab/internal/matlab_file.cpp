#include <espalier/datasets_matlab/internal/matlab_file.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <limits>
#include <system_error>

#include <matio.h>

#include <espalier/base/error.h>
#include <espalier/datasets_matlab/internal/matlab_elements.h>

namespace espalier::datasets {
namespace {

constexpr std::size_t kFreeBytes = std::size_t{1} << 26, kMaxExpansion = 256;

template <class Number>
void append(const void* data, std::size_t count, std::vector<float>& values) {
  const auto* const numbers = static_cast<const Number*>(data);
  for (std::size_t i = 0; i < count; ++i) values.push_back(static_cast<float>(numbers[i]));
}

// False if they are no real numbers.
bool append_all(const matvar_t& variable, std::size_t count, std::vector<float>& values) {
  switch (variable.class_type) {
    case MAT_C_UINT8:
      append<std::uint8_t>(variable.data, count, values);
      return true;
    case MAT_C_INT8:
      append<std::int8_t>(variable.data, count, values);
      return true;
    case MAT_C_UINT16:
      append<std::uint16_t>(variable.data, count, values);
      return true;
    case MAT_C_INT16:
      append<std::int16_t>(variable.data, count, values);
      return true;
    case MAT_C_UINT32:
      append<std::uint32_t>(variable.data, count, values);
      return true;
    case MAT_C_INT32:
      append<std::int32_t>(variable.data, count, values);
      return true;
    case MAT_C_UINT64:
      append<std::uint64_t>(variable.data, count, values);
      return true;
    case MAT_C_INT64:
      append<std::int64_t>(variable.data, count, values);
      return true;
    case MAT_C_SINGLE:
      append<float>(variable.data, count, values);
      return true;
    case MAT_C_DOUBLE:
      append<double>(variable.data, count, values);
      return true;
    default:
      return false;
  }
}

}  // namespace

MatlabFile::MatlabFile(const std::filesystem::path& path) : path_(path.string()) {
  errno = 0;
  if (!std::ifstream(path).is_open() || std::filesystem::is_directory(path)) {
    const std::error_code reason(errno == 0 ? EISDIR : errno, std::generic_category());
    throw FileError(message(path_, ": cannot be opened: ", reason.message()));
  }
  mat_t* const file = Mat_Open(path_.c_str(), MAT_ACC_RDONLY);
  if (file == nullptr || Mat_GetVersion(file) == MAT_FT_MAT4) {
    if (file != nullptr) Mat_Close(file);
    throw ParseError({.source = path_}, "no MATLAB file, expected one of version 5 to 7.3");
  }
  most_bytes_ = std::max<std::size_t>(kFreeBytes, kMaxExpansion * std::filesystem::file_size(path));
  file_ = std::shared_ptr<void>(file, [](void* open) { Mat_Close(static_cast<mat_t*>(open)); });
  if (Mat_GetVersion(file) == MAT_FT_MAT5) check_elements(path_);
}

MatlabMatrix MatlabFile::matrix(const std::string& name) const {
  auto* const file = static_cast<mat_t*>(file_.get());
  const std::unique_ptr<matvar_t, void (*)(matvar_t*)> variable(Mat_VarReadInfo(file, name.c_str()),
                                                                Mat_VarFree);
  if (!variable) fail(name, "is not there, or damaged; expected a matrix of that name");
  MatlabMatrix matrix;
  if (variable->rank != 2) {
    fail(name, message("has ", variable->rank, " dimensions, expected 2"));
  }
  matrix.rows_ = variable->dims[0];
  matrix.cols_ = variable->dims[1];
  const std::size_t element = Mat_SizeOfClass(variable->class_type);
  if (variable->isComplex != 0 || element == 0) {
    fail(name, "is not a full matrix of real numbers, as expected");
  }
  const std::size_t most = most_bytes_ / element;
  if (matrix.cols_ != 0 && matrix.rows_ > most / matrix.cols_) {
    fail(name, message("is damaged, or of ", matrix.rows_, " x ", matrix.cols_,
                       " numbers, of which a file of this size may have ", most));
  }
  const std::size_t count = matrix.rows_ * matrix.cols_;
  if (count > 0 && Mat_VarReadDataAll(file, variable.get()) != 0) {
    fail(name, "is damaged, expected numbers");
  }
  if (count > 0 && (variable->data == nullptr || variable->nbytes < count * element)) {
    fail(name, message("is damaged, expected ", matrix.rows_, " x ", matrix.cols_, " numbers"));
  }
  matrix.values_.reserve(count);
  if (!append_all(*variable, count, matrix.values_)) {
    fail(name, "is not a full matrix of real numbers, as expected");
  }
  return matrix;
}

void MatlabFile::fail(const std::string& name, const std::string& what) const {
  throw ParseError({.source = path_}, message("variable ", name, ' ', what));
}

}  // namespace espalier::datasets
