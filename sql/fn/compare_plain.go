//go:build !(goexperiment.simd && amd64)

package fn

// compareIntsConst is compareConst of whole numbers.
func compareIntsConst(c comparison, out []bool, a []int64, b int64) { compareConst(c, out, a, b) }

// compareFloatsConst is compareConst of floats.
func compareFloatsConst(c comparison, out []bool, a []float64, b float64) { compareConst(c, out, a, b) }
