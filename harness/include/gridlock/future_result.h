// SPDX-License-Identifier: Apache-2.0
//
// The result of a promise and its future, and one reference to it; users include future.h.
#pragma once

#include <gridlock/cxx20.h>

#ifdef GRIDLOCK_CXX20

#include <gridlock/future_state.h>

#include <exception>
#include <future>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

namespace gridlock::internal {

/// What a future waits for.
template <typename T>
struct FutureResult final : FutureState {
  using FutureState::FutureState;
  using Stored = std::conditional_t<
      std::is_void_v<T>, std::monostate,
      std::conditional_t<std::is_reference_v<T>, std::remove_reference_t<T>*, std::remove_cv_t<T>>>;

  std::optional<Stored> value;
  std::exception_ptr error;
};

/// One reference to a result.
template <typename T>
class FutureHandle {
 public:
  FutureHandle() noexcept = default;
  explicit FutureHandle(FutureResult<T>* result) noexcept : result_(result) {}
  FutureHandle(FutureHandle&& other) noexcept : result_(std::exchange(other.result_, nullptr)) {}
  FutureHandle& operator=(FutureHandle&& other) noexcept {
    FutureHandle(std::move(other)).swap(*this);
    return *this;
  }
  FutureHandle(const FutureHandle&) = delete;
  FutureHandle& operator=(const FutureHandle&) = delete;
  ~FutureHandle() {
    if (result_ != nullptr && result_->let_go()) delete result_;
  }

  void swap(FutureHandle& other) noexcept { std::swap(result_, other.result_); }
  [[nodiscard]] FutureHandle share() const noexcept {
    result_->keep();
    return FutureHandle(result_);
  }
  [[nodiscard]] bool valid() const noexcept { return result_ != nullptr; }
  [[nodiscard]] FutureResult<T>& checked() const {
    if (result_ == nullptr) throw std::future_error(std::future_errc::no_state);
    return *result_;
  }

 private:
  FutureResult<T>* result_ = nullptr;
};

}  // namespace gridlock::internal

#endif  // GRIDLOCK_CXX20
