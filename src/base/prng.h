// The machine's own random numbers: SplitMix64, a value that is saved and copied with the machine.
//
// The same seed gives the same numbers on every platform and for ever: links depend on it.
#pragma once

#include "base/types.h"

namespace mmscope {

class Prng {
public:
    explicit Prng(u64 seed = 1) : state_(seed) {}

    u64 next() {
        state_ += 0x9e3779b97f4a7c15ULL;
        u64 z = state_;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
        return z ^ (z >> 31);
    }

    // A number in 0 .. bound - 1 (bound > 0); the bias of the multiplication is below 2^-32 for small bounds.
    u32 below(u32 bound) { return static_cast<u32>(((next() >> 32) * bound) >> 32); }

    // A number in low .. high, both included (low <= high).
    i64 between(i64 low, i64 high) {
        const u64 span = static_cast<u64>(high) - static_cast<u64>(low) + 1;
        const u64 drawn = span == 0 ? next() : next() % span;
        return static_cast<i64>(static_cast<u64>(low) + drawn);
    }

    u64 state() const { return state_; }
    friend bool operator==(const Prng&, const Prng&) = default;

private:
    u64 state_;
};

}  // namespace mmscope
