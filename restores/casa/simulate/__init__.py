"""The CASA side of simulated deliveries: observations with known truth, from visibilities to images."""
