// SPDX-License-Identifier: Apache-2.0
//
// The parts of Prediction that all kinds of signals need, together.
#pragma once

namespace gridlock::internal {

class AskedRequests;
class ChannelStates;
class FollowedWaits;
class RequestEdges;
class Segments;
class SignalOrders;
class SignalSources;

/// All of them outlive whatever has this.
struct SignalParts {
  Segments* segments = nullptr;
  AskedRequests* asked = nullptr;
  RequestEdges* edges = nullptr;
  ChannelStates* states = nullptr;
  SignalSources* sources = nullptr;
  SignalOrders* orders = nullptr;
  FollowedWaits* waits = nullptr;
};

}  // namespace gridlock::internal
