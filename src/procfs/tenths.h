// A quotient with one digit behind the point, as printf("%.1f") rounds it, without floating point.
#pragma once

#include <string>

#include "base/types.h"

namespace mmscope {

// In tenths; what lies in the middle goes to the even one. 10 * dividend fits into 64 bits.
constexpr u64 rounded_tenths(u64 dividend, u64 divisor) {
    const u64 tenths = 10 * dividend / divisor;
    const u64 twice_the_rest = 2 * (10 * dividend % divisor);
    const bool goes_up = twice_the_rest > divisor || (twice_the_rest == divisor && tenths % 2 == 1);
    return tenths + (goes_up ? 1 : 0);
}

inline std::string tenths_text(u64 tenths) {
    return std::to_string(tenths / 10) + '.' + std::to_string(tenths % 10);
}

}  // namespace mmscope
