// Package quotas owns an admin's page about capacity: what each platform lets this server spend, how many accounts that
// carries, and what other settings would change. It refuses to compute any figure: capacity hands it the forecasts. The
// web pages of admins show it.
package quotas
