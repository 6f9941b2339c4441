package gen

import "math"

// Prices are 100 * 10^(6u) for u uniform in 0..1, rounded: between 1.00 and 1,000,000.00 in cents, equally many in each
// power of ten. Twenty-four bits of u are used, twelve in each table: 10^(a+b) is 10^a * 10^b, so no row computes a power.
var priceHigh, priceLow = priceTables()

const priceBits = 12

func priceTables() (high, low [1 << priceBits]float64) {
	const n = 1 << priceBits
	for i := range high {
		high[i] = 100 * math.Pow(10, 6*float64(i)/n)
		low[i] = math.Pow(10, 6*float64(i)/n/n)
	}
	return high, low
}

// price makes a price of a random number.
func price(h uint64) int64 {
	p := priceHigh[h>>(64-priceBits)] * priceLow[h>>(64-2*priceBits)&(1<<priceBits-1)]
	return int64(float64(p) + 0.5)
}
