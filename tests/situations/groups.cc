// SPDX-License-Identifier: Apache-2.0
#include "tests/situations/situations.h"

namespace gridlock::situations {

std::array<Group, 20> groups() {
  return {{{"locks", locks()},
           {"all_at_once", all_at_once()},
           {"publications", publications()},
           {"gates", gates()},
           {"orders", orders()},
           {"order_through", order_through()},
           {"readers", readers()},
           {"semaphores", semaphores()},
           {"permits", permits()},
           {"conditions", conditions()},
           {"events", events()},
           {"barriers", barriers()},
           {"once_flags", once_flags()},
           {"futures", futures()},
           {"queues", queues()},
           {"joins", joins()},
           {"mixes", mixes()},
           {"tested_waits", tested_waits()},
           {"signals", signals()},
           {"hand_overs", hand_overs()}}};
}

}  // namespace gridlock::situations
